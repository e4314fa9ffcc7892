use crate::checks::prelude::*;
use crate::known::plain;
use tyrian_model::workload::{Mount, MountKind};

check! {
    /// A container can write where the host keeps its logs.
    ///
    /// ## What it checks
    /// /var/log as a whole, and its directories of pods, containers, the journal and the audit, mounted writable.
    /// A program's own directory below /var/log is left out, and so is a mount that can only be read.
    /// ## Why it matters
    /// Who can write there removes the traces of what he did. In a cluster a link that is put into /var/log/pods
    /// is followed by the kubelet as root: whoever may read logs then reads any file of the node.
    /// ## Fix
    /// Mount it read-only (`readOnly: true`, `:ro`); positions and buffers of a log shipper go into a directory of
    /// their own.
    "host-log-directory-writable",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine", "cannot-turn-off"],
    ids: &["attack:T1611", "attack:T1070", "nist:3.4.3", "cis-kubernetes:5.2.12"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: shipper, volumes: ['/var/log:/logs']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /var/log/pods}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/var/log/journal", "Destination": "/j", "RW": true, "Propagation": "rprivate"}]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, volumes: ['/var/log/nginx:/var/log/nginx', '/var/log:/logs:ro']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /var/log}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": []}]}"#),
    ],
}

const LOGS: [&str; 5] =
    ["/var/log", "/var/log/audit", "/var/log/containers", "/var/log/journal", "/var/log/pods"];

fn check(see: &See, it: &Confinement) -> Judged {
    let writes = |mount: &&Mount| {
        let is_path = mount.kind == MountKind::Bind && mount.source.starts_with('/');
        is_path && !mount.read_only && LOGS.contains(&plain(&mount.source).as_str())
    };
    let fault = |mount: &Mount| Fault {
        what: format!("can write to {}, where the host keeps its logs", mount.source),
        at: mount.at.clone(),
    };
    faults(see.listed(&it.mounts)?.iter().filter(writes).map(fault).collect())
}

use crate::checks::prelude::*;
use crate::known::{HostPath, danger_of, is_engine_socket};
use tyrian_model::workload::{Mount, MountKind};

check! {
    /// A container can read files that run the host.
    ///
    /// ## What it checks
    /// Paths of the host that are mounted read-only and hold more than the container needs: /etc, /proc, /sys,
    /// /root, /home, /var/lib/kubelet, /var/lib/docker and their like. Single harmless files such as
    /// /etc/localtime are left out.
    /// ## Why it matters
    /// Password hashes, keys, tokens of every pod of the node and the environment of other processes are read
    /// and carried off; nothing need be written for that.
    /// ## Fix
    /// Mount the one file or directory that is needed; what only measures needs /proc and /sys of its own or an
    /// agent with few rights.
    "readable-host-path",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["least-capability", "quarantine"],
    ids: &["attack:T1552.001", "attack:T1611", "nist:3.4.3", "cis-docker:5.6", "cis-kubernetes:5.2.12", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: exporter, volumes: ['/proc:/host/proc:ro']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /var/lib/kubelet/pods}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/etc", "Destination": "/host/etc", "RW": false, "Propagation": "rprivate"}]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, volumes: ['/etc/localtime:/etc/localtime:ro', '/etc/ssl/certs:/etc/ssl/certs:ro']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /lib/modules}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/srv/site", "Destination": "/site", "RW": false, "Propagation": "rprivate"}]}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let fault = |mount: &Mount| {
        if mount.kind != MountKind::Bind || !mount.read_only || is_engine_socket(&mount.source, &mount.target)
        {
            return None;
        }
        let HostPath::System(gives) = danger_of(&mount.source) else { return None };
        let what = format!("can read {} of the host ({gives})", mount.source);
        Some(Fault { what, at: mount.at.clone() })
    };
    faults(see.listed(&it.mounts)?.iter().filter_map(fault).collect())
}

use crate::checks::prelude::*;
use crate::known::{HostPath, danger_of, is_engine_socket};
use tyrian_model::workload::{Mount, MountKind};

check! {
    /// A container can change files that run the host.
    ///
    /// ## What it checks
    /// Paths of the host that are mounted writable and that the host or its engine lives from: /, /etc, /usr,
    /// /boot, /dev, /proc, /sys, /root, /home, /var/lib/kubelet, /var/lib/docker and their like. The root of
    /// the host, and directories in which the engine's socket lies, count read-only too.
    /// ## Why it matters
    /// A line in /etc/cron.d, a key in /root/.ssh, a program in /usr/bin, a manifest for the kubelet: each is a
    /// command to the host as root.
    /// ## Fix
    /// Take the mount out, or mount the one file that is needed, read-only. Data belongs into a volume.
    "dangerous-host-path",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability", "quarantine"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.6", "cis-kubernetes:5.2.12", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: backup, volumes: ['/:/host:ro']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /etc}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/var/lib/docker/volumes", "Destination": "/volumes", "RW": true, "Propagation": "rprivate"}]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, volumes: ['./data:/data', '/etc/localtime:/etc/localtime:ro', 'cache:/cache']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /var/log/app}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/srv/shop/data", "Destination": "/data", "RW": true, "Propagation": "rprivate"}]}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let fault = |mount: &Mount| {
        if mount.kind != MountKind::Bind || is_engine_socket(&mount.source, &mount.target) {
            return None;
        }
        let what = match (danger_of(&mount.source), mount.read_only) {
            (HostPath::Everything(gives), true) => {
                format!("mounts {} of the host ({gives}), and read-only does not help", mount.source)
            }
            (HostPath::Everything(gives) | HostPath::System(gives) | HostPath::Public(gives), false) => {
                format!("mounts {} of the host, writable ({gives})", mount.source)
            }
            _ => return None,
        };
        Some(Fault { what, at: mount.at.clone() })
    };
    faults(see.listed(&it.mounts)?.iter().filter_map(fault).collect())
}

use crate::checks::prelude::*;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container is in the namespaces of another container.
    ///
    /// ## What it checks
    /// `network_mode`, `pid` and `ipc` of the form `service:…` or `container:…`, `--network container:…` and
    /// its like, and `shareProcessNamespace` of a pod.
    /// ## Why it matters
    /// What is taken in the one is taken in the other: it reaches what the other has on its loopback address,
    /// sees its processes and files, or reads its memory.
    /// ## Fix
    /// Give each container namespaces of its own and let them talk over a network. Where a helper must sit
    /// beside the program, keep both equally small and equally confined.
    "joined-namespace",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["tenant-namespace", "pid-namespace"],
    ids: &["attack:T1210", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {vpn: {image: vpn}, a: {image: torrent, network_mode: 'service:vpn'}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {shareProcessNamespace: true, containers: [{name: a, image: nginx}, {name: debug, image: busybox}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "container:9d1f", "IpcMode": "private"}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {vpn: {image: vpn}, a: {image: torrent, ipc: shareable}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}, {name: b, image: proxy}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "private"}}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let fault = |(kind, whose): (&Kind, &String)| {
        let kind = match kind {
            Kind::Pid => "process",
            Kind::Net => "network",
            Kind::Ipc => "IPC",
            Kind::Uts => "UTS",
            Kind::User => "user",
            Kind::Cgroup => "cgroup",
        };
        Fault { what: format!("is in the {kind} namespace of {whose}"), at: it.joined_namespaces.pos() }
    };
    faults(see.get(&it.joined_namespaces)?.iter().map(fault).collect())
}

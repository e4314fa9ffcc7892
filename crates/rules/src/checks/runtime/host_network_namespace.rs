use crate::checks::prelude::*;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container is on the network of the host itself.
    ///
    /// ## What it checks
    /// `hostNetwork` of a pod, `network_mode: host` of Compose, `--network host`, and the network namespace
    /// that the process really is in.
    /// ## Why it matters
    /// No network policy holds it in. It reaches what listens on 127.0.0.1 of the host, and the metadata
    /// service of the cloud, and its own ports are open on every address of the machine.
    /// ## Fix
    /// Take it out and publish the ports that are needed; in a cluster use a Service.
    "host-network-namespace",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["quarantine", "tenant-namespace"],
    ids: &["attack:T1611", "nist:3.4.2", "nist:3.4.3", "cis-docker:5.10", "cis-kubernetes:5.2.5", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, network_mode: host}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {hostNetwork: true, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "host", "PidMode": "", "IpcMode": "private", "UTSMode": "",
            "CgroupnsMode": "private", "UsernsMode": ""}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "private", "UTSMode": "",
            "CgroupnsMode": "private", "UsernsMode": ""}}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    if see.get(&it.host_namespaces)?.contains(&Kind::Net) {
        fail(it.host_namespaces.pos(), "shares the network namespace of the host")
    } else {
        pass()
    }
}

use crate::checks::prelude::*;
use crate::known::{PLATFORM, is_one};
use crate::mending::own_namespace;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container is on the network of the host itself.
    ///
    /// ## What it checks
    /// `hostNetwork` of a pod, `network_mode: host` of Compose, `--network host`, and the network namespace
    /// that the process really is in. The programs of Kubernetes itself (API server, scheduler, etcd,
    /// kube-proxy), which cannot do without, are left out.
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
    ids: &["attack:T1210", "nist:3.4.2", "nist:3.4.3", "cis-docker:5.10", "cis-kubernetes:5.2.5", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, network_mode: host}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {hostNetwork: true, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"Image": "nginx"}, "HostConfig": {"NetworkMode": "host", "PidMode": "", "IpcMode": "private", "UTSMode": "",
            "CgroupnsMode": "private", "UsernsMode": ""}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"Image": "nginx"}, "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "private", "UTSMode": "",
            "CgroupnsMode": "private", "UsernsMode": ""}}]}"#),
        Example::Tree(&[("etcd.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec: {hostNetwork: true, containers: [{name: etcd, image: 'registry.k8s.io/etcd:3.6.8-0'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
spec: {containers: [{name: b, image: nginx}]}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Container) -> Judged {
    each(see, std::iter::once(&it.declared).chain(it.observed.as_deref()), |see, held| {
        if !see.get(&held.host_namespaces)?.contains(&Kind::Net) {
            return pass();
        }
        if see.get(&it.image)?.as_ref().is_some_and(|image| is_one(image, PLATFORM)) {
            return not_applicable();
        }
        fail(held.host_namespaces.pos(), "shares the network namespace of the host")
    })
    .map(once)
}

/// What is said and what the kernel shows is one fault.
fn once(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Fail(mut faults, gaps) => {
            faults.truncate(1);
            Verdict::Fail(faults, gaps)
        }
        other => other,
    }
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(
        spot,
        "hostNetwork",
        "network_mode",
        "bridge",
        "without `--network host`",
        "ports that others use are to be published, and 127.0.0.1 is its own",
    )
}

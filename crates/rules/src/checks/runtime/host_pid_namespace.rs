use crate::checks::prelude::*;
use crate::mending::own_namespace;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container sees the processes of the host.
    ///
    /// ## What it checks
    /// `hostPID` of a pod, `pid: host` of Compose, `--pid host`, and the PID namespace that the process really
    /// is in.
    /// ## Why it matters
    /// It sees the command lines of all processes of the machine, can send them signals and, as root, reads
    /// their environment, with the secrets in it.
    /// ## Fix
    /// Take it out. What watches processes gets them by an agent that is made for it and that nothing else runs
    /// in.
    "host-pid-namespace",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["pid-namespace", "quarantine"],
    ids: &["attack:T1611", "attack:T1057", "nist:3.4.3", "cis-docker:5.16", "cis-kubernetes:5.2.3", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, pid: host}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {hostPID: true, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "host", "IpcMode": "private", "UTSMode": "",
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
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if see.get(&it.host_namespaces)?.contains(&Kind::Pid) {
        fail(it.host_namespaces.pos(), "shares the process namespace of the host")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(spot, "hostPID", "pid", "", "without `--pid host`", "it sees its own processes only")
}

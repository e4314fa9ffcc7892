use crate::checks::prelude::*;
use crate::mending::own_namespace;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container shares memory and queues with the host.
    ///
    /// ## What it checks
    /// `hostIPC` of a pod, `ipc: host` of Compose, `--ipc host`, and the IPC namespace that the process really
    /// is in.
    /// ## Why it matters
    /// It reads and writes shared memory of programs of the host and of every other container that does the
    /// same: a database keeps its pages there.
    /// ## Fix
    /// Take it out. For more shared memory set `shm_size`, or mount an emptyDir with `medium: Memory` at
    /// /dev/shm.
    "host-ipc-namespace",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine", "tenant-namespace"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.17", "cis-kubernetes:5.2.4", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, ipc: host}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {hostIPC: true, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "host", "UTSMode": "",
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
    if see.get(&it.host_namespaces)?.contains(&Kind::Ipc) {
        fail(it.host_namespaces.pos(), "shares the IPC namespace of the host")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(spot, "hostIPC", "ipc", "private", "without `--ipc host`", "it shares memory with nobody")
}

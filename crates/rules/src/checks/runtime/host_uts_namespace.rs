use crate::checks::prelude::*;
use crate::mending::own_namespace;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container can see and set the host name of the machine.
    ///
    /// ## What it checks
    /// `uts: host` of Compose, `--uts host`, and the UTS namespace that the process really is in. A container
    /// on the network of the host has it with that, and is judged there.
    /// ## Why it matters
    /// With SYS_ADMIN it renames the machine, and logs and certificates no longer fit; without, it learns which
    /// machine it is on.
    /// ## Fix
    /// Take it out; set `hostname:` to give the container a name of its own.
    "host-uts-namespace",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1082", "nist:3.4.3", "cis-docker:5.21"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, uts: host}}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "private", "UTSMode": "host",
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
    let shared = see.get(&it.host_namespaces)?;
    match (shared.contains(&Kind::Uts), shared.contains(&Kind::Net)) {
        (true, false) => fail(it.host_namespaces.pos(), "shares the UTS namespace of the host"),
        (true, true) => not_applicable(),
        (false, _) => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(spot, "", "uts", "", "without `--uts host`", "its host name is its own")
}

use crate::checks::prelude::*;
use crate::mending::own_namespace;
use tyrian_model::workload::{Namespace as Kind, Source};

check! {
    /// A container sees the control groups of the host.
    ///
    /// ## What it checks
    /// `cgroup: host` of Compose, and `--cgroupns host` of a container on an engine with control groups of
    /// version 2. With version 1 it is the engine's default, and cgroup-v1 speaks of the host.
    /// ## Why it matters
    /// It sees what runs on the host and under which limits, and a mount of /sys/fs/cgroup that can be written
    /// is one of the ways out.
    /// ## Fix
    /// Take it out, or set `cgroup: private` (`--cgroupns private`).
    "host-cgroup-namespace",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["tenant-namespace", "quarantine"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, cgroup: host}}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": [], "CgroupVersion": "2"}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "private",
            "UTSMode": "", "CgroupnsMode": "host", "UsernsMode": ""}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": [], "CgroupVersion": "2"}, "containers": [{"Name": "/a", "HostConfig": {"NetworkMode": "bridge", "PidMode": "", "IpcMode": "private",
            "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Workload) -> Judged {
    if it.windows || it.source == Source::Pod {
        return not_applicable();
    }
    each(see, see.rows(&it.containers).values(), |see, container| {
        let shared = &container.declared.host_namespaces;
        if !see.get(shared)?.contains(&Kind::Cgroup) {
            return pass();
        }
        if it.source == Source::Docker {
            let Some(engine) = see.all(&see.world.engines)?.values().next() else { return not_applicable() };
            if *see.get(&engine.cgroup_version)? == 1 {
                return not_applicable();
            }
        }
        fail(shared.pos(), "shares the cgroup namespace of the host")
    })
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(spot, "", "cgroup", "private", "without `--cgroupns host`", "it has a place of its own")
}

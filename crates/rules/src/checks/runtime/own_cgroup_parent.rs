use crate::checks::prelude::*;
use crate::mending::own_namespace;

check! {
    /// A container chooses its own place among the control groups.
    ///
    /// ## What it checks
    /// `cgroup_parent` of a Compose service and `--cgroup-parent` of a container of the engine.
    /// ## Why it matters
    /// The engine counts and limits what is below its own group. Elsewhere a container shares the limits of
    /// others, or has none.
    /// ## Fix
    /// Take it out. Where all containers belong below one group, say so once: `cgroup-parent` in daemon.json.
    "own-cgroup-parent",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["resource-limits"],
    ids: &["attack:T1499", "nist:3.4.3", "cis-docker:5.25"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, cgroup_parent: system.slice}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"CgroupParent": "/shop"}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"CgroupParent": ""}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    match see.get(&it.details.cgroup_parent)? {
        Some(parent) => {
            fail(it.details.cgroup_parent.pos(), format!("is put below the control group {parent}"))
        }
        None => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(spot, "", "cgroup_parent", "", "without `--cgroup-parent`", "it has a place of its own")
}

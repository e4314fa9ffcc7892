use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// Containers are limited by the first version of control groups.
    ///
    /// ## What it checks
    /// The version of the cgroup tree that limits containers.
    /// ## Why it matters
    /// Version 1 has the release agent, a known way out of containers, cannot be handed to rootless engines safely,
    /// and is no longer developed.
    /// ## Fix
    /// Boot with `systemd.unified_cgroup_hierarchy=1` on a current distribution.
    "cgroup-v1",
    layer: Layer::Host,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine", "resource-limits"],
    ids: &["attack:T1611", "nist:3.5.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"cgroup_version": {"is": 1}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"cgroup_version": {"is": 2}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    if *see.get(&it.cgroup_version)? == 1 {
        return fail(None, "limits containers by control groups of version 1");
    }
    pass()
}

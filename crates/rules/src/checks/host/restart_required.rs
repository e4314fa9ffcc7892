use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The host waits for a restart, so that an update is installed but not in force.
    ///
    /// ## What it checks
    /// What the package manager says about a pending restart, and whether the newest installed kernel is the
    /// running one.
    /// ## Why it matters
    /// A mended kernel or C library protects nobody before it runs.
    /// ## Fix
    /// Drain the host and restart it, or replace it by one from a fresh image. Let a tool such as kured do it for
    /// nodes of a cluster.
    "restart-required",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["patch-host"],
    ids: &["attack:T1068", "nist:3.5.3"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"restart_required": {"is": true}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"restart_required": {"is": false}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    if *see.get(&it.restart_required)? {
        return fail(None, "waits for a restart to finish an update");
    }
    pass()
}

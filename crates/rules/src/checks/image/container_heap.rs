use crate::checks::prelude::*;

check! {
    /// More than 25 containers that ended are still there.
    ///
    /// ## What it checks
    /// Containers of an engine that do not run.
    /// ## Why it matters
    /// Each keeps its layer with what was written into it, secrets among it, and its volumes; among many nobody
    /// notices one that should not be there.
    /// ## Fix
    /// `docker container prune`; start what ends by itself with `--rm`.
    "container-heap",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:4.4.5", "cis-docker:6.2"],
    bad: &[
        Example::Engine(r#"{"info": {"Containers": 30, "ContainersRunning": 4, "ContainersStopped": 26}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Containers": 12, "ContainersRunning": 10, "ContainersStopped": 2}}"#),
    ],
}

/// As many may be there: jobs of the last days, tries.
const MOST: u64 = 25;

fn check(see: &See, it: &Engine) -> Judged {
    let ended = *see.get(&it.stopped)?;
    if ended > MOST { fail(None, format!("keeps {ended} containers that ended")) } else { pass() }
}

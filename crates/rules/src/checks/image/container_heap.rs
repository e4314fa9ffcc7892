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
        Example::Engine(r#"{"info": {}, "containers": [{"Id": "0", "Name": "/c0", "State": {"Running": false}}, {"Id": "1", "Name": "/c1", "State": {"Running": false}}, {"Id": "2", "Name": "/c2", "State": {"Running": false}}, {"Id": "3", "Name": "/c3", "State": {"Running": false}}, {"Id": "4", "Name": "/c4", "State": {"Running": false}}, {"Id": "5", "Name": "/c5", "State": {"Running": false}}, {"Id": "6", "Name": "/c6", "State": {"Running": false}}, {"Id": "7", "Name": "/c7", "State": {"Running": false}}, {"Id": "8", "Name": "/c8", "State": {"Running": false}}, {"Id": "9", "Name": "/c9", "State": {"Running": false}}, {"Id": "10", "Name": "/c10", "State": {"Running": false}}, {"Id": "11", "Name": "/c11", "State": {"Running": false}}, {"Id": "12", "Name": "/c12", "State": {"Running": false}}, {"Id": "13", "Name": "/c13", "State": {"Running": false}}, {"Id": "14", "Name": "/c14", "State": {"Running": false}}, {"Id": "15", "Name": "/c15", "State": {"Running": false}}, {"Id": "16", "Name": "/c16", "State": {"Running": false}}, {"Id": "17", "Name": "/c17", "State": {"Running": false}}, {"Id": "18", "Name": "/c18", "State": {"Running": false}}, {"Id": "19", "Name": "/c19", "State": {"Running": false}}, {"Id": "20", "Name": "/c20", "State": {"Running": false}}, {"Id": "21", "Name": "/c21", "State": {"Running": false}}, {"Id": "22", "Name": "/c22", "State": {"Running": false}}, {"Id": "23", "Name": "/c23", "State": {"Running": false}}, {"Id": "24", "Name": "/c24", "State": {"Running": false}}, {"Id": "25", "Name": "/c25", "State": {"Running": false}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {}, "containers": [{"Id": "1", "Name": "/web", "State": {"Running": true, "StartedAt": "2026-11-01T00:00:00Z"}}, {"Id": "2", "Name": "/job", "State": {"Running": false}}]}"#),
    ],
}

/// As many may be there: jobs of the last days, tries.
const MOST: usize = 25;

fn check(see: &See, it: &Engine) -> Judged {
    if !it.file.is_empty() {
        return not_applicable();
    }
    let mut ended = 0;
    for workload in see.rows(&see.world.workloads).values() {
        for container in see.all(&workload.containers)?.values() {
            ended += usize::from(see.get(&container.started)?.is_none());
        }
    }
    if ended > MOST { fail(None, format!("keeps {ended} containers that ended")) } else { pass() }
}

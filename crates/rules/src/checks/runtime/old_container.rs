use crate::checks::prelude::*;

check! {
    /// A container has run for more than thirty days.
    ///
    /// ## What it checks
    /// When a running container of the engine was started, against the engine's own clock.
    /// ## Why it matters
    /// What runs that long has the holes of its day, and whoever got in has had time. Containers that are torn
    /// down and rebuilt cannot be kept.
    /// ## Fix
    /// Rebuild the image on current bases and replace the container, by schedule: once a week is common, two
    /// days is better.
    "old-container",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::Low,
    controls: &["time-to-live"],
    ids: &["attack:T1554", "nist:3.4.4", "nist:4.4.4"],
    bad: &[
        Example::Engine(r#"{"info": {"SystemTime": "2026-11-24T08:00:00.5Z"}, "containers": [{"Name": "/a", "State": {"Running": true, "StartedAt": "2026-09-01T10:00:00.123456789Z"}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"SystemTime": "2026-11-24T08:00:00.5Z"}, "containers": [{"Name": "/a", "State": {"Running": true, "StartedAt": "2026-11-20T10:00:00.123456789Z"}}]}"#),
    ],
}

/// Thirty days, in seconds.
const LIMIT: i64 = 30 * 86_400;

fn check(see: &See, it: &Container) -> Judged {
    let Some(started) = see.get(&it.started)? else { return not_applicable() };
    let Some(engine) = see.all(&see.world.engines)?.values().next() else { return not_applicable() };
    if see.get(&engine.time)?.saturating_sub(*started) > LIMIT {
        fail(it.started.pos(), "has run for more than 30 days without being replaced")
    } else {
        pass()
    }
}

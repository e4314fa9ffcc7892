use crate::checks::prelude::*;

check! {
    /// Most lines of a log are for debugging.
    ///
    /// ## What it checks
    /// Log files of the tree of which more than half of the lines that have a level are of the levels DEBUG and
    /// TRACE.
    /// ## Why it matters
    /// The one line that matters drowns, and debugging tells more of the system than anybody outside should
    /// know.
    /// ## Fix
    /// Set the level to INFO in production, and debug by a switch for a short time.
    "noisy-log",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["signal-over-noise"],
    ids: &["attack:T1685"],
    bad: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
2025-11-20 09:14:02,118 DEBUG shop SQL: SELECT 1
"#)]),
    ],
    good: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
"#)]),
    ],
}

fn check(see: &See, it: &LogSample) -> Judged {
    let debug = *see.get(&it.debug_lines)?;
    if it.lines >= 10 && debug * 2 > it.lines {
        fail(None, "has more lines for debugging than others")
    } else {
        pass()
    }
}

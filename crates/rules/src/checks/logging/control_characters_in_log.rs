use crate::checks::prelude::*;

check! {
    /// A log has raw control characters in it.
    ///
    /// ## What it checks
    /// Log files of the tree for escape sequences, carriage returns within lines, and marks that turn the
    /// direction of writing. Colours are among them.
    /// ## Why it matters
    /// Whoever is logged can forge lines, hide others, and give orders to the terminal of who reads them.
    /// ## Fix
    /// Encode what comes from outside before it is written: one JSON object a line does it.
    "control-characters-in-log",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["owasp-logging"],
    ids: &["attack:T1070"],
    bad: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:09,407 INFO login of a[2Jb failed
"#)]),
    ],
    good: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
"#)]),
    ],
}

fn check(see: &See, it: &LogSample) -> Judged {
    let places = see.get(&it.control_characters)?;
    match places.first() {
        Some(at) => {
            fail(Some(at.clone()), format!("has control characters in {} lines or more", places.len()))
        }
        None => pass(),
    }
}

use crate::checks::prelude::*;

check! {
    /// Lines of a log do not say when.
    ///
    /// ## What it checks
    /// Log files of the tree of which less than half of the lines have a time.
    /// ## Why it matters
    /// Events that have no time cannot be put in order with those of other sources.
    /// ## Fix
    /// Write the time with its zone, RFC 3339, at the beginning of each line.
    "lines-without-time",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["owasp-logging", "forensic-readiness"],
    ids: &["attack:T1070"],
    bad: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02 order placed
order placed
login failed
login failed
order placed
x
y
z
u
v
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
    // A few lines are no sample, and what has no time at all is most often the output of a program.
    let timed = *see.get(&it.timed_lines)?;
    if it.lines < 10 || timed == 0 || timed * 2 >= it.lines {
        return pass();
    }
    fail(None, "has more lines without a time than with one")
}

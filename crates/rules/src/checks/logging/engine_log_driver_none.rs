use crate::checks::prelude::*;

check! {
    /// The engine throws away what containers write.
    ///
    /// ## What it checks
    /// The default log driver of the Docker engine.
    /// ## Why it matters
    /// Nothing that a container does leaves a trace, unless it asks for a driver itself.
    /// ## Fix
    /// Set `log-driver` in `daemon.json` to a driver that keeps or ships logs.
    "engine-log-driver-none",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["end-to-end-logging", "cannot-turn-off"],
    ids: &["attack:T1685"],
    bad: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "none"}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "journald"}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    match see.get(&it.log_driver)?.as_str() {
        "none" => fail(None, "throws the logs of its containers away (log driver none)"),
        _ => pass(),
    }
}

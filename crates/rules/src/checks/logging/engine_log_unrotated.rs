use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// The engine never rotates the logs of its containers.
    ///
    /// ## What it checks
    /// The engine's default driver `json-file` without `max-size` in `log-opts`.
    /// ## Why it matters
    /// A full disk stops every container, and the logs with them.
    /// ## Fix
    /// Set `log-opts: {"max-size": "10m", "max-file": "5"}` in `daemon.json`, or the driver `local`.
    "engine-log-unrotated",
    layer: Layer::Logging,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["retention"],
    ids: &["attack:T1499"],
    bad: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "json-file"}, "daemon_json": {}, "command_line": []}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "json-file"}, "daemon_json": {"log-opts": {"max-size": "10m"}}, "command_line": []}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if see.get(&it.log_driver)? != "json-file" || see.get(&it.log_options)?.contains_key("max-size") {
        return pass();
    }
    fail(None, "never rotates the logs of its containers")
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        true,
        vec![
            ("log-opts max-size", Change::Set("10m".into())),
            ("log-opts max-file", Change::Set("3".into())),
        ],
        "restart the engine; containers get it when they are made again",
    )
}

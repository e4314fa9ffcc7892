use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// The log of the engine says too much or too little.
    ///
    /// ## What it checks
    /// `log-level` and `debug` of the engine; `info` is right.
    /// ## Why it matters
    /// At `debug` requests stand in the log, environments of containers with them; at `error` or `fatal` the
    /// log does not say who did what.
    /// ## Fix
    /// Drop `debug` and `log-level` from daemon.json, or set it to `info`.
    "engine-log-level",
    layer: Layer::Image,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "end-to-end-logging"],
    ids: &["nist:3.4.3", "cis-docker:2.3"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"log-level": "debug"}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"debug\": true}")]),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "-l", "fatal"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"log-level\": \"error\"}")]),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"log-level\": \"info\"}")]),
        Example::Tree(&[("docker/daemon.json", "{\"log-level\": \"warn\"}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    match see.get(&it.log_level)?.as_str() {
        level @ ("debug" | "error" | "fatal") => {
            fail(it.log_level.pos(), format!("logs at the level {level}"))
        }
        _ => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        true,
        vec![("debug", Change::Unset(Value::Flag(false))), ("log-level", Change::Set("info".into()))],
        "reload the engine (`systemctl reload docker`)",
    )
}

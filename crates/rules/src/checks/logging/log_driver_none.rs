use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// What a container writes is thrown away.
    ///
    /// ## What it checks
    /// The log driver `none` of containers of an engine and of Compose services.
    /// ## Why it matters
    /// After an incident nothing says what the container did, and nothing can raise an alarm while it does it.
    /// ## Fix
    /// Use a driver that keeps or ships logs (`local`, `json-file` with rotation, `journald`, `fluentd`).
    "log-driver-none",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["end-to-end-logging", "cannot-turn-off"],
    ids: &["attack:T1685"],
    bad: &[
        Example::Tree(&[("compose.yaml", r#"services: {a: {image: nginx, logging: {driver: none}}}"#)]),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", r#"services: {a: {image: nginx, logging: {driver: local}}, b: {image: nginx}}"#)]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Container) -> Judged {
    match see.get(&it.log_driver)?.as_deref() {
        Some("none") => fail(it.log_driver.pos(), "throws its logs away (log driver none)"),
        _ => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    match spot.source() {
        Some(Source::Compose) => {
            Mend::safe(vec![spot.in_container("logging driver", Change::Set("local".into()))])
        }
        _ => spot.flags("--log-driver local"),
    }
}

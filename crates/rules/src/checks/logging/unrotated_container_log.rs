use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// A container's log file grows until the disk is full.
    ///
    /// ## What it checks
    /// Containers of an engine and Compose services with the driver `json-file` and without `max-size`. Where a
    /// service names no driver, the engine decides, and is judged itself.
    /// ## Why it matters
    /// A full disk stops every container of the host, and an attacker who makes one write much loses the logs
    /// of all.
    /// ## Fix
    /// Set `max-size` and `max-file`, in the container or once in the daemon's `log-opts`; or use the driver
    /// `local`, which rotates.
    "unrotated-container-log",
    layer: Layer::Logging,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["retention"],
    ids: &["attack:T1499"],
    bad: &[
        Example::Tree(&[("compose.yaml", r#"services: {a: {image: nginx, logging: {driver: json-file}}}"#)]),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", r#"services: {a: {image: nginx, logging: {driver: json-file, options: {max-size: 10m}}}}"#)]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Container) -> Judged {
    if see.get(&it.log_driver)?.as_deref() != Some("json-file") {
        return pass();
    }
    match see.get(&it.log_options)?.contains_key("max-size") {
        true => pass(),
        false => fail(it.log_driver.pos(), "has a log file that is never rotated"),
    }
}

fn mend(spot: &Spot) -> Mend {
    match spot.source() {
        Some(Source::Compose) => Mend::safe(vec![
            spot.in_container("logging options max-size", Change::Set("10m".into())),
            spot.in_container("logging options max-file", Change::Set("3".into())),
        ]),
        _ => spot.flags("--log-opt max-size=10m --log-opt max-file=3"),
    }
}

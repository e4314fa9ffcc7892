use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// The number of processes of a container has no limit.
    ///
    /// ## What it checks
    /// `pids_limit` of Compose, `--pids-limit`, and the limit of the control group. A pod cannot say it: the
    /// kubelet's `podPidsLimit` does.
    /// ## Why it matters
    /// A fork bomb in one container leaves the machine without process ids: nothing starts any more, not even
    /// the shell of who would help.
    /// ## Fix
    /// Set `pids_limit: 200` (`--pids-limit 200`), or what the program needs.
    "pids-unlimited",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["resource-limits"],
    ids: &["attack:T1499", "nist:3.4.3", "cis-docker:5.29"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"PidsLimit": null}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, pids_limit: 200}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"PidsLimit": 200}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    match see.get(&it.pids_limit)? {
        None => fail(it.pids_limit.pos(), "has no limit of processes"),
        Some(_) => pass(),
    }
}

/// More than ordinary services have, fewer than a fork bomb needs.
const PROPOSED: i64 = 1024;

fn mend(spot: &Spot) -> Mend {
    match spot.source() {
        Some(Source::Compose) => Mend::to_try(
            vec![spot.in_container("pids_limit", Change::Set(Value::Number(PROPOSED)))],
            "the number is a proposal: `docker stats` shows how many there are",
        ),
        _ => Mend::Advice(format!(
            "`docker update --pids-limit {PROPOSED}`; `docker stats` shows how many there are"
        )),
    }
}

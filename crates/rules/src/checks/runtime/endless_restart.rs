use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// A container is restarted without end.
    ///
    /// ## What it checks
    /// The restart policies `always`, `unless-stopped`, and `on-failure` without a number of attempts. A pod's
    /// restarts wait longer each time and are not judged.
    /// ## Why it matters
    /// A container that is crashed on purpose comes back at once, and the attack can be tried as often as it
    /// takes; nobody notices the crashes.
    /// ## Fix
    /// Use `on-failure:5` (`--restart on-failure:5`), and an alarm when it gives up. What must survive a
    /// restart of the machine is started by its service manager or an orchestrator.
    "endless-restart",
    layer: Layer::Runtime,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["attack:T1499", "cis-docker:5.15"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, restart: always}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, restart: 'on-failure:5'}, b: {image: nginx}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Container) -> Judged {
    let Some(policy) = see.get(&it.restart)? else { return not_applicable() };
    match policy.as_str() {
        "always" | "unless-stopped" | "any" | "on-failure" => {
            fail(it.restart.pos(), format!("is restarted without end: {policy}"))
        }
        _ => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    let policy = spot.container().and_then(|it| spot.see.get(&it.restart).ok()).and_then(|it| it.as_deref());
    match (spot.source(), policy) {
        (Some(Source::Compose), Some("always" | "unless-stopped")) => Mend::to_try(
            vec![spot.in_container("restart", Change::Set("on-failure:5".into()))],
            "after five failures in a row it stays down: have that noticed",
        ),
        (Some(Source::Docker), _) => Mend::Advice("`docker update --restart on-failure:5`".into()),
        _ => Mend::Person("how often it is to be tried is its owner's choice".into()),
    }
}

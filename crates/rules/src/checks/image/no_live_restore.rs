use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// Containers stop when the engine does.
    ///
    /// ## What it checks
    /// `live-restore` of the engine. An engine that is part of a swarm cannot have it.
    /// ## Why it matters
    /// An update or a crash of the engine stops everything on the host, so updates are put off.
    /// ## Fix
    /// `"live-restore": true` in daemon.json.
    "no-live-restore",
    layer: Layer::Image,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:4.4.1", "cis-docker:2.15"],
    bad: &[
        Example::Engine(r#"{"info": {"LiveRestoreEnabled": false, "Swarm": {"LocalNodeState": "inactive"}}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"LiveRestoreEnabled": true, "Swarm": {"LocalNodeState": "inactive"}}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"live-restore\": true}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if let Some(Ok(true)) = see.apart(|see| see.get(&it.swarm).copied()) {
        return not_applicable();
    }

    if !*see.get(&it.live_restore)? {
        fail(it.live_restore.pos(), "stops its containers when it stops")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        true,
        vec![("live-restore", Change::Set(Value::Flag(true)))],
        "reload the engine (`systemctl reload docker`)",
    )
}

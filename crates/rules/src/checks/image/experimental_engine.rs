use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// The engine has its experimental features on.
    ///
    /// ## What it checks
    /// `experimental` of the engine.
    /// ## Why it matters
    /// They are not finished: they change without notice and get no fixes by themselves.
    /// ## Fix
    /// Drop `experimental` from daemon.json and the command line.
    "experimental-engine",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:3.4.3", "cis-docker:2.18"],
    bad: &[
        Example::Engine(r#"{"info": {"ExperimentalBuild": true}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"experimental\": true}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"ExperimentalBuild": false}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if *see.get(&it.experimental)? {
        fail(it.experimental.pos(), "has its experimental features on")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(spot, false, vec![("experimental", Change::Unset(Value::Flag(false)))], "restart the engine")
}

use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// The engine sets up no firewall rules.
    ///
    /// ## What it checks
    /// `iptables` of the engine.
    /// ## Why it matters
    /// Nothing keeps the networks of containers apart, and what is published or not is left to whatever rules
    /// there are.
    /// ## Fix
    /// Drop `"iptables": false` from daemon.json; add own rules to the chain `DOCKER-USER`.
    "engine-without-iptables",
    layer: Layer::Image,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "network-least-privilege"],
    ids: &["attack:T1210", "nist:3.4.2", "cis-docker:2.4"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"iptables": false}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"iptables\": false}")]),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if !*see.get(&it.iptables)? {
        fail(it.iptables.pos(), "sets up no firewall rules, so nothing keeps its networks apart")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        false,
        vec![("iptables", Change::Unset(Value::Flag(true)))],
        "restart the engine, and look at the firewall rules",
    )
}

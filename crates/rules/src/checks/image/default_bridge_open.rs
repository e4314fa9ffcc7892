use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// Containers on the default bridge reach one another.
    ///
    /// ## What it checks
    /// `icc` of the engine. On a live engine only where two containers or more are on the default bridge; in a
    /// file only where it is written.
    /// ## Why it matters
    /// A container that is broken into reaches every port of the others there, published or not.
    /// ## Fix
    /// `"icc": false` in daemon.json; put containers that belong together on a network of their own.
    "default-bridge-open",
    layer: Layer::Image,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "network-least-privilege"],
    ids: &["attack:T1046", "attack:T1210", "nist:3.4.2", "nist:3.3.3", "cis-docker:2.2"],
    bad: &[
        Example::Tree(&[("docker/daemon.json", "{\"icc\": true}")]),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"], "networks": [{"Name": "bridge", "Driver": "bridge", "Internal": false, "Options": {}, "Containers": {"a": {}, "b": {}}}]}"#),
    ],
    good: &[
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"], "networks": [{"Name": "bridge", "Driver": "bridge", "Internal": false, "Options": {}, "Containers": {"a": {}}}]}"#),
        Example::Engine(r#"{"daemon_json": {"icc": false}, "command_line": ["dockerd"], "networks": []}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if !*see.get(&it.inter_container_traffic)? {
        return pass();
    }
    let at = it.inter_container_traffic.pos();
    if it.file.is_empty() {
        let Some(bridge) = see.find(&see.world.networks, "network:bridge")? else { return pass() };
        return match see.get(&bridge.containers)? {
            0 | 1 => pass(),
            _ => fail(at, "lets the containers on its default bridge reach one another"),
        };
    }
    // A file that leaves it at the default says nothing of what will be on that bridge.
    if at.is_none() {
        return not_applicable();
    }
    fail(at, "lets containers on the default bridge reach one another")
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        false,
        vec![("icc", Change::Set(Value::Flag(false)))],
        "restart the engine; containers that speak to one another need a network of their own",
    )
}

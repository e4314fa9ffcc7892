use crate::checks::prelude::*;

check! {
    /// Traffic between members of a swarm can be read on the way.
    ///
    /// ## What it checks
    /// Overlay networks of an engine without the option `encrypted`. That of a swarm of one leaves the host
    /// never, and is left out.
    /// ## Why it matters
    /// What containers send one another crosses the network between the hosts in clear, for everybody on it to
    /// read and change.
    /// ## Fix
    /// Make the network anew with `docker network create --driver overlay --opt encrypted NAME`; for `ingress`
    /// remove and make it by `--ingress`. Or let the services speak TLS.
    "overlay-not-encrypted",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "mutual-tls"],
    ids: &["attack:T1040", "nist:3.4.2", "cis-docker:7.3"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "networks": [{"Name": "shop", "Driver": "overlay", "Options": {}}]}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": false}}, "networks": [{"Name": "shop", "Driver": "overlay", "Options": {}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "networks": [{"Name": "shop", "Driver": "overlay", "Options": {"encrypted": ""}}, {"Name": "bridge", "Driver": "bridge", "Options": {}}]}"#),
    ],
}

fn check(see: &See, it: &EngineNetwork) -> Judged {
    if see.get(&it.driver)? != "overlay" {
        return not_applicable();
    }
    if *see.get(&it.encrypted)? {
        return pass();
    }
    let Some(engine) = see.find(&see.world.engines, "engine:docker")? else {
        return fail(None, "is not encrypted");
    };
    if let Some(swarm) = see.get(&engine.swarm_of)?
        && *see.get(&swarm.manager)?
        && *see.get(&swarm.nodes)? == 1
    {
        return not_applicable();
    }
    fail(None, "is not encrypted between the members of the swarm")
}

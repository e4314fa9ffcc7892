use crate::checks::prelude::*;

check! {
    /// Orders of the swarm and data of containers take the same way.
    ///
    /// ## What it checks
    /// Whether a member has an address of its own for the traffic between containers (`--data-path-addr`), as
    /// dockerd keeps it in its state. A swarm of one is left out.
    /// ## Why it matters
    /// Containers that flood the network, or read along on it, are on the wire that members are commanded by.
    /// ## Fix
    /// Where hosts have two networks, join with `--advertise-addr` on the one and `--data-path-addr` on the
    /// other.
    "swarm-planes-shared",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "network-least-privilege"],
    ids: &["nist:3.4.2", "cis-docker:7.9"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "swarm_state": {"ListenAddr": "10.0.0.1:2377", "AdvertiseAddr": "10.0.0.1", "DataPathAddr": ""}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "swarm_state": {"ListenAddr": "10.0.0.1:2377", "AdvertiseAddr": "10.0.0.1", "DataPathAddr": "10.1.0.1"}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    if *see.get(&swarm.manager)? && *see.get(&swarm.nodes)? == 1 {
        return not_applicable();
    }
    let advertised = see.get(&swarm.advertises)?;
    match see.get(&swarm.data_path)? {
        Some(address) if address != advertised => pass(),
        _ => fail(None, "sends orders of the swarm and data of containers by one address"),
    }
}

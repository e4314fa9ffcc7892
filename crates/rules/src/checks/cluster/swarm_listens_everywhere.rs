use crate::checks::prelude::*;
use crate::dockerfile::shown;
use crate::known::is_everywhere;

check! {
    /// Managers of the swarm answer on every address of the host.
    ///
    /// ## What it checks
    /// The address that a member of a swarm listens on for the others, as dockerd keeps it in its state.
    /// ## Why it matters
    /// The port that hands out certificates and orders is open to every network that the host is in, not to
    /// that of the members alone.
    /// ## Fix
    /// `docker swarm init --listen-addr ADDRESS:2377` on the address of the members' network; a swarm that is
    /// there has to be made again, or a firewall closes 2377 elsewhere.
    "swarm-listens-everywhere",
    layer: Layer::Cluster,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "network-least-privilege"],
    ids: &["attack:T1133", "nist:3.4.2", "cis-docker:7.2"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "swarm_state": {"ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": "10.0.0.1", "DataPathAddr": ""}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "swarm_state": {"ListenAddr": "10.0.0.1:2377", "AdvertiseAddr": "10.0.0.1", "DataPathAddr": ""}}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}, "swarm_state": {"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1", "DataPathAddr": ""}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    let address = see.get(&swarm.listens)?;
    let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || is_everywhere(host) {
        fail(None, format!("listens for the swarm on {}", shown(address)))
    } else {
        pass()
    }
}

use crate::checks::prelude::*;

check! {
    /// The engine is a swarm of its own.
    ///
    /// ## What it checks
    /// Whether an engine is in swarm mode and the only member of its swarm.
    /// ## Why it matters
    /// Swarm mode opens ports for members (2377, 7946, 4789) and keeps keys. A swarm of one gets nothing for
    /// it, unless its services or secrets are used.
    /// ## Fix
    /// `docker swarm leave --force`, where neither services nor secrets of the swarm are used.
    "swarm-of-one",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker"],
    ids: &["nist:3.4.2", "cis-docker:5.1"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 1, "Nodes": 1}}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "inactive"}}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return pass() };
    if !*see.get(&swarm.manager)? {
        return pass();
    }
    if *see.get(&swarm.nodes)? == 1 { fail(None, "is in swarm mode, and the only member") } else { pass() }
}

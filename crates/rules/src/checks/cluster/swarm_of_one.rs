use crate::checks::prelude::*;

check! {
    /// The engine is a swarm of its own.
    ///
    /// ## What it checks
    /// Whether an engine is in swarm mode, the only member of its swarm, and runs neither a service of it nor keeps
    /// a secret.
    /// ## Why it matters
    /// Swarm mode opens ports for members (2377, 7946, 4789) and keeps keys. A swarm of one gets nothing for
    /// it, unless its services or secrets are used.
    /// ## Fix
    /// `docker swarm leave --force`.
    "swarm-of-one",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker"],
    ids: &["nist:3.4.2", "cis-docker:5.1"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 1, "Nodes": 1}}, "secrets": [], "containers": []}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "Managers": 1, "Nodes": 1}}, "secrets": [],
            "containers": [{"Id": "1", "Name": "/web.1.x", "Config": {"Labels": {"com.docker.swarm.service.name": "web"}}}]}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "inactive"}}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return pass() };
    if !*see.get(&swarm.manager)? || *see.get(&swarm.nodes)? != 1 || *see.get(&swarm.secrets)? > 0 {
        return pass();
    }
    let of_service = |see: &See, workload: &Workload| {
        Ok(see.get(&workload.labels)?.contains_key("com.docker.swarm.service.name"))
    };
    if see.any(&see.world.workloads, of_service)?.is_some() {
        return pass();
    }
    fail(None, "is in swarm mode, the only member, and runs no service of the swarm")
}

use crate::checks::prelude::*;

check! {
    /// The swarm has a number of managers that helps nobody.
    ///
    /// ## What it checks
    /// The managers of a swarm: more than seven, or an even number.
    /// ## Why it matters
    /// Each manager has all keys and secrets and can start anything on every member, so each is one more to
    /// break into. An even number survives no more failures than one manager less.
    /// ## Fix
    /// Three managers, or five: `docker node demote NODE`.
    "swarm-managers",
    layer: Layer::Cluster,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "limit-blast-radius"],
    ids: &["nist:3.3.1", "cis-docker:7.1"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 2, "Nodes": 5}}}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 9, "Nodes": 20}}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9}}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    match *see.get(&swarm.managers)? {
        managers if managers > 7 => {
            fail(None, format!("is in a swarm of {managers} managers: each one has all its keys"))
        }
        managers if managers % 2 == 0 => fail(
            None,
            format!(
                "is in a swarm of {managers} managers, which survives no more failures than {}",
                managers.saturating_sub(1)
            ),
        ),
        _ => pass(),
    }
}

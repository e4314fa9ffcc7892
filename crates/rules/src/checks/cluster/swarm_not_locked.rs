use crate::checks::prelude::*;

check! {
    /// Who has the disk of a swarm's manager has the swarm.
    ///
    /// ## What it checks
    /// Whether managers of a swarm need a key after a restart (autolock).
    /// ## Why it matters
    /// The keys of the swarm, its secrets among what they open, lie on each manager's disk and open it by
    /// themselves: a copy of the disk, or of a backup, is enough.
    /// ## Fix
    /// `docker swarm update --autolock=true`, and keep the key where people find it after a restart: without it
    /// a manager stays out.
    "swarm-not-locked",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "encrypt-secrets"],
    ids: &["attack:T1552.004", "nist:3.3.2", "cis-docker:7.5"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9, "Cluster": {"Spec": {"EncryptionConfig": {"AutoLockManagers": false}}}}}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9, "Cluster": {"Spec": {"EncryptionConfig": {"AutoLockManagers": true}}}}}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    if *see.get(&swarm.autolock)? {
        pass()
    } else {
        fail(None, "opens the keys of its swarm by itself after a restart")
    }
}

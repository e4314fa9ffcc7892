use crate::checks::prelude::*;

check! {
    /// Certificates of a swarm's members are good for longer than three months.
    ///
    /// ## What it checks
    /// How long a certificate of a member holds: 90 days unless somebody chose otherwise.
    /// ## Why it matters
    /// A certificate that was taken is a member until it ends.
    /// ## Fix
    /// `docker swarm update --cert-expiry 720h`, or less.
    "swarm-certificates-long",
    layer: Layer::Cluster,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["attack:T1552.004", "nist:3.3.5", "cis-docker:7.7"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9, "Cluster": {"Spec": {"CAConfig": {"NodeCertExpiry": 31536000000000000}}}}}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "NodeAddr": "10.0.0.1", "Managers": 3, "Nodes": 9, "Cluster": {"Spec": {"CAConfig": {"NodeCertExpiry": 7776000000000000}}}}}}"#),
    ],
}

/// Ninety days, as a swarm has it by itself.
const MOST: u64 = 90 * 86_400;

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    let seconds = *see.get(&swarm.certificate_seconds)?;
    if seconds > MOST {
        fail(None, format!("gives members certificates for {} days", seconds / 86_400))
    } else {
        pass()
    }
}

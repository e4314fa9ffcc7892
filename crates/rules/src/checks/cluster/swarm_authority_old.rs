use crate::checks::prelude::*;

check! {
    /// The certificate authority of the swarm was not changed for two years.
    ///
    /// ## What it checks
    /// The first day of the swarm's root certificate, by the engine's own clock.
    /// ## Why it matters
    /// Its key signs members. The longer it is used, the more copies and backups of it there are, and all of
    /// them stay good.
    /// ## Fix
    /// `docker swarm ca --rotate`: members get new certificates by themselves.
    "swarm-authority-old",
    layer: Layer::Cluster,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker"],
    ids: &["attack:T1552.004", "nist:3.3.5", "cis-docker:7.8"],
    bad: &[
        Example::Facts(r#"{"engines": {"gaps": [], "rows": {"engine:docker": {"file": "", "time": {"is": 1795507200}, "swarm_of": {"is": {"authority_since": {"is": 1700000000}}}}}}}"#),
    ],
    good: &[
        Example::Facts(r#"{"engines": {"gaps": [], "rows": {"engine:docker": {"file": "", "time": {"is": 1795507200}, "swarm_of": {"is": {"authority_since": {"is": 1790000000}}}}}}}"#),
    ],
}

/// Two years.
const MOST: i64 = 730 * 86_400;

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    let age = see.get(&it.time)?.saturating_sub(*see.get(&swarm.authority_since)?);
    if age > MOST {
        fail(None, format!("is in a swarm whose authority is {} days old", age / 86_400))
    } else {
        pass()
    }
}

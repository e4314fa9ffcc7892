//! Seccomp profiles of a restricted pod.

use super::seccomp::{FIELD, filters};
use super::*;

control! {
    /// Every container has a filter of system calls: `securityContext.seccompProfile.type` is `RuntimeDefault` or
    /// `Localhost` for the container, or for the pod where the container says nothing, and nowhere anything else.
    /// Since v1.19; since v1.25 not for pods whose `spec.os.name` is `windows`.
    "seccompProfile_restricted",
    title: "Seccomp set",
    level: Level::Restricted,
    since: 19,
    replaces: Some("seccompProfile_baseline"),
    set: "set securityContext.seccompProfile.type of the pod to RuntimeDefault",
}

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if version.is_from(25) && is_windows(see, pod)? {
        return Ok(Vec::new());
    }
    let wanted = "RuntimeDefault or Localhost";
    let of_pod = &pod.security.seccomp;
    let own = see.apart(|see| Spot::pod(pod).forbid(see, of_pod, FIELD, wanted, |kind| !filters(kind)));
    let mut found: Vec<Breach> = own.and_then(Result::ok).flatten().into_iter().collect();
    found.extend(containers(see, pod, |see, spot, container| {
        let fact = &container.security.seccomp;
        if see.get(fact)?.is_some() {
            return spot.forbid(see, fact, FIELD, wanted, |kind| !filters(kind));
        }
        // What the pod says wrongly is a breach of the pod, once.
        let inherits = see.get(of_pod)?.is_some();
        Ok((!inherits).then(|| spot.breach(FIELD, NOT_SET, wanted, None)))
    }));
    Ok(found)
}

//! Not root, by promise.

use super::*;

control! {
    /// `securityContext.runAsNonRoot` is true for the pod, or in every container where the pod says nothing; and it
    /// is nowhere false, not even for a pod whose containers all say true. Since v1.0; since v1.35 a pod with a user
    /// namespace of its own (`hostUsers: false`) may set it as it likes.
    "runAsNonRoot",
    title: "Running as non-root",
    level: Level::Restricted,
    since: 0,
    replaces: None,
    set: "set securityContext.runAsNonRoot of the pod to true, with an image whose user is a number other than 0",
}

const FIELD: &str = "securityContext.runAsNonRoot";

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if version.is_from(35) && has_own_users(see, pod)? {
        return Ok(Vec::new());
    }
    let of_pod = &pod.security.run_as_non_root;
    let own = see.apart(|see| Spot::pod(pod).forbid(see, of_pod, FIELD, "true", |promised| !promised));
    let mut found: Vec<Breach> = own.and_then(Result::ok).flatten().into_iter().collect();
    found.extend(containers(see, pod, |see, spot, container| {
        let fact = &container.security.run_as_non_root;
        if see.get(fact)?.is_some() {
            return spot.forbid(see, fact, FIELD, "true", |promised| !promised);
        }
        // What the pod says wrongly is a breach of the pod, once.
        let inherits = see.get(of_pod)?.is_some();
        Ok((!inherits).then(|| spot.breach(FIELD, NOT_SET, "true", None)))
    }));
    Ok(found)
}

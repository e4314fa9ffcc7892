//! Seccomp profiles at the baseline.

use super::*;

control! {
    /// Nothing runs without a filter of system calls by its own wish. Since v1.19, where
    /// `securityContext.seccompProfile` is set, for the pod or a container, its `type` is `RuntimeDefault` or
    /// `Localhost`. Up to v1.18 the annotations `seccomp.security.alpha.kubernetes.io/pod` and
    /// `container.seccomp.security.alpha.kubernetes.io/NAME` count instead: `runtime/default`, `docker/default` or
    /// `localhost/…`. Since v1.19 `restricted` has a stricter control in its place.
    "seccompProfile_baseline",
    title: "Seccomp",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "set securityContext.seccompProfile.type of the pod to RuntimeDefault",
}

/// The types that filter.
pub(super) fn filters(kind: &str) -> bool {
    matches!(kind, "RuntimeDefault" | "Localhost")
}

/// The field of it.
pub(super) const FIELD: &str = "securityContext.seccompProfile.type";

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if !version.is_from(19) {
        return by_annotation(see, pod);
    }
    Ok(settings(see, pod, |see, spot, security| {
        let wanted = "RuntimeDefault, Localhost, or not set";
        spot.forbid(see, &security.seccomp, FIELD, wanted, |kind| !filters(kind))
    }))
}

fn by_annotation(see: &See, pod: &PodSecurity) -> Result<Vec<Breach>, Unseen> {
    let annotations = see.get(&pod.annotations)?;
    let of = |key: &str| {
        let allowed = |value: &str| {
            matches!(value, "runtime/default" | "docker/default") || value.starts_with("localhost/")
        };
        let wrong = annotations.iter().filter(|found| found.key == key && !allowed(&found.value));
        wrong
            .map(|found| {
                let wanted = "runtime/default, docker/default, localhost/…, or not set";
                super::app_armor::of_annotation(pod, found, wanted)
            })
            .collect::<Vec<_>>()
    };
    let mut found = of("seccomp.security.alpha.kubernetes.io/pod");
    found.extend(containers(see, pod, |_, _, container| {
        Ok(of(&format!("container.seccomp.security.alpha.kubernetes.io/{}", container.name)))
    }));
    Ok(found)
}

//! AppArmor profiles.

use super::*;

control! {
    /// Where `securityContext.appArmorProfile` is set, for the pod or a container, its `type` is `RuntimeDefault` or
    /// `Localhost`; an annotation that begins with `container.apparmor.security.beta.kubernetes.io/` is
    /// `runtime/default`, empty, or begins with `localhost/`. Since v1.0.
    "appArmorProfile",
    title: "AppArmor",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "set appArmorProfile.type to RuntimeDefault, or take it and the annotations of AppArmor out",
}

const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    let mut found = settings(see, pod, |see, spot, security| {
        let field = "securityContext.appArmorProfile.type";
        spot.forbid(see, &security.app_armor, field, "RuntimeDefault, Localhost, or not set", |kind| {
            !matches!(kind.as_str(), "RuntimeDefault" | "Localhost")
        })
    });
    let allowed =
        |value: &str| value.is_empty() || value == "runtime/default" || value.starts_with("localhost/");
    for annotation in see.get(&pod.annotations)? {
        if annotation.key.starts_with(PREFIX) && !allowed(&annotation.value) {
            found.push(of_annotation(pod, annotation, "runtime/default, localhost/…, or not set"));
        }
    }
    Ok(found)
}

/// A breach in an annotation of the pod.
pub(super) fn of_annotation(
    pod: &PodSecurity,
    annotation: &tyrian_model::pod_security::Annotation,
    wanted: &'static str,
) -> Breach {
    let meta = pod.path.strip_suffix("spec").unwrap_or(&pod.path);
    let field = format!("{meta}metadata.annotations['{}']", annotation.key);
    let (below, value, at) = (annotation.key.clone(), annotation.value.clone(), annotation.at.clone());
    Breach { control: "", container: None, field, below, value, wanted, at }
}

//! Privilege escalation by setuid programs.

use super::*;

control! {
    /// `securityContext.allowPrivilegeEscalation` is false in every container; not set is true to Kubernetes. Since
    /// v1.8; since v1.25 not for pods whose `spec.os.name` is `windows`.
    "allowPrivilegeEscalation",
    title: "Privilege escalation",
    level: Level::Restricted,
    since: 8,
    replaces: None,
    set: "set securityContext.allowPrivilegeEscalation to false in every container",
}

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if version.is_from(25) && is_windows(see, pod)? {
        return Ok(Vec::new());
    }
    Ok(containers(see, pod, |see, spot, container| {
        let fact = &container.allow_privilege_escalation;
        let (value, field) = (see.get(fact)?, "securityContext.allowPrivilegeEscalation");
        let said = value.map_or(NOT_SET.to_owned(), |value| value.to_string());
        Ok((*value != Some(false)).then(|| spot.breach(field, said, "false", fact.pos())))
    }))
}

//! The masks over /proc.

use super::*;

control! {
    /// `securityContext.procMount` of a container is `Default` or not set. Since v1.0; since v1.35 a pod with a user
    /// namespace of its own (`hostUsers: false`) may set it as it likes.
    "procMount",
    title: "Masks of /proc",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take securityContext.procMount out",
}

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if version.is_from(35) && has_own_users(see, pod)? {
        return Ok(Vec::new());
    }
    Ok(unmasked(see, pod))
}

/// The containers that take the masks away.
pub(super) fn unmasked(see: &See, pod: &PodSecurity) -> Vec<Breach> {
    containers(see, pod, |see, spot, container| {
        let field = "securityContext.procMount";
        spot.forbid(see, &container.proc_mount, field, "Default, or not set", |mount| mount != "Default")
    })
}

//! The masks over /proc of a restricted pod.

use super::*;

control! {
    /// `securityContext.procMount` of a container is `Default` or not set, whether or not the pod has a user
    /// namespace of its own. Since v1.35; before that the baseline says the same.
    "procMount_restricted",
    title: "Masks of /proc, always",
    level: Level::Restricted,
    since: 35,
    replaces: Some("procMount"),
    set: "take securityContext.procMount out",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(super::proc_mount::unmasked(see, pod))
}

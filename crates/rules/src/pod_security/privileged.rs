//! Privileged containers.

use super::*;

control! {
    /// No container is privileged: `securityContext.privileged` is false or not set. Since v1.0.
    "privileged",
    title: "Privileged containers",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take securityContext.privileged out, and add the single capabilities or devices that are needed",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(containers(see, pod, |see, spot, container| {
        let field = "securityContext.privileged";
        spot.forbid(see, &container.privileged, field, "false, or not set", |privileged| *privileged)
    }))
}

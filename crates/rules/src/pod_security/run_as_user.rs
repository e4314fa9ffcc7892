//! Not root, by number.

use super::*;

control! {
    /// `securityContext.runAsUser` is nowhere 0, neither for the pod nor in a container. Since v1.23; since v1.35 a
    /// pod with a user namespace of its own (`hostUsers: false`) may set it as it likes.
    "runAsUser",
    title: "Running as user 0",
    level: Level::Restricted,
    since: 23,
    replaces: None,
    set: "set securityContext.runAsUser to a number other than 0, or take it out",
}

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if version.is_from(35) && has_own_users(see, pod)? {
        return Ok(Vec::new());
    }
    Ok(settings(see, pod, |see, spot, security| {
        let field = "securityContext.runAsUser";
        spot.forbid(see, &security.run_as_user, field, "a number other than 0, or not set", |user| *user == 0)
    }))
}

//! SELinux labels.

use super::*;

control! {
    /// `securityContext.seLinuxOptions`, of the pod and of each container, has no `user` and no `role`, and its
    /// `type`, where it is set, is `container_t`, `container_init_t` or `container_kvm_t`; since v1.31 also
    /// `container_engine_t`. The level may be set. Since v1.0.
    "seLinuxOptions",
    title: "SELinux",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "leave seLinuxOptions.user and .role out, and set .type to container_t or leave it out",
}

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(settings(see, pod, |see, spot, security| {
        let parts = [
            ("securityContext.seLinuxOptions.type", &security.se_linux_type),
            ("securityContext.seLinuxOptions.user", &security.se_linux_user),
            ("securityContext.seLinuxOptions.role", &security.se_linux_role),
        ];
        let of = |(field, fact): (&str, &Known<Option<String>>)| {
            let is_type = field.ends_with(".type");
            let wanted = if is_type { "container_t, or not set" } else { "not set" };
            let allowed = |value: &String| match value.as_str() {
                "" => true,
                "container_t" | "container_init_t" | "container_kvm_t" => is_type,
                "container_engine_t" => is_type && version.is_from(31),
                _ => false,
            };
            see.apart(|see| spot.forbid(see, fact, field, wanted, |value| !allowed(value)))
        };
        Ok(parts.into_iter().filter_map(of).filter_map(Result::ok).flatten().collect::<Vec<_>>())
    }))
}

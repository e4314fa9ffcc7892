//! Capabilities that may be added at the baseline.

use super::*;

control! {
    /// `securityContext.capabilities.add` of a container names nothing beyond what container runtimes give by
    /// default, and not `NET_RAW`. Names are compared as they are written, so that `CAP_CHOWN` and `chown` are none
    /// of them. Since v1.0; since v1.22 `restricted` has a stricter control in its place.
    "capabilities_baseline",
    title: "Capabilities",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take what is not of the runtime's default set out of securityContext.capabilities.add",
}

const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(containers(see, pod, |see, spot, container| {
        added(see, spot, container, "nothing beyond the runtime's default set, nor NET_RAW", |name| {
            ALLOWED.contains(&name)
        })
    }))
}

/// A breach where capabilities are added that are not allowed.
pub(super) fn added(
    see: &See,
    spot: &Spot,
    container: &PodContainer,
    wanted: &'static str,
    allowed: impl Fn(&str) -> bool,
) -> Result<Option<Breach>, Unseen> {
    let mut wrong =
        see.get(&container.capabilities_added)?.iter().filter(|name| !allowed(&name.text)).peekable();
    let Some(first) = wrong.peek() else { return Ok(None) };
    let at = first.at.clone();
    let names: Vec<&str> = wrong.map(|name| name.text.as_str()).collect();
    Ok(Some(spot.breach("securityContext.capabilities.add", names.join(", "), wanted, at)))
}

//! Capabilities of a restricted pod.

use super::*;

control! {
    /// Every container drops `ALL` in `securityContext.capabilities.drop`, and adds nothing back but
    /// `NET_BIND_SERVICE`. Since v1.22; since v1.25 not for pods whose `spec.os.name` is `windows`.
    "capabilities_restricted",
    title: "Capabilities dropped",
    level: Level::Restricted,
    since: 22,
    replaces: Some("capabilities_baseline"),
    set: "set securityContext.capabilities.drop to [ALL] in every container, and add at most NET_BIND_SERVICE",
}

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    if version.is_from(25) && is_windows(see, pod)? {
        return Ok(Vec::new());
    }
    Ok(containers(see, pod, |see, spot, container| {
        let dropped = see.apart(|see| dropped(see, spot, container)).and_then(Result::ok).flatten();
        let added =
            super::capabilities::added(see, spot, container, "NET_BIND_SERVICE, or nothing", |name| {
                name == "NET_BIND_SERVICE"
            });
        Ok(dropped.into_iter().chain(added?))
    }))
}

fn dropped(see: &See, spot: &Spot, container: &PodContainer) -> Result<Option<Breach>, Unseen> {
    let names = see.get(&container.capabilities_dropped)?;
    if names.iter().any(|name| name.text == "ALL") {
        return Ok(None);
    }
    let value = match names.is_empty() {
        true => NOT_SET.to_owned(),
        false => names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", "),
    };
    // The runtime takes `all`, so that nobody notices; the standard does not.
    let value = match names.iter().any(|name| name.text.eq_ignore_ascii_case("ALL")) {
        true => format!("{value}, not in capitals"),
        false => value,
    };
    let at = names.first().and_then(|name| name.at.clone());
    Ok(Some(spot.breach("securityContext.capabilities.drop", value, "a list with ALL in it", at)))
}

//! What the mends of checks share.
//!
//! A mend is *safe* when no program notices it that does not misuse what is taken away: nobody had asked for it. What
//! somebody has asked for (a capability, a namespace of the host, root) may be needed, so taking it away is *to be
//! tried*. What needs a number or a name that only its owner knows is left to a person.

use tyrian_judge::mend::Spot;
use tyrian_model::mend::{Change, Edit, Mend, Value};
use tyrian_model::workload::{Source, User};

/// Does the container run privileged, as it is described?
pub(crate) fn is_privileged(spot: &Spot) -> bool {
    let container = spot.container();
    container.is_some_and(|it| spot.see.get(&it.declared.privileged).is_ok_and(|privileged| *privileged))
}

/// Does the container hold that capability, as it is described?
pub(crate) fn holds(spot: &Spot, capability: &str) -> bool {
    let container = spot.container();
    container
        .is_some_and(|it| spot.see.get(&it.declared.capabilities).is_ok_and(|all| all.contains(capability)))
}

/// Is the container known to run as somebody else than root?
pub(crate) fn is_not_root(spot: &Spot) -> bool {
    let user = spot.container().and_then(|it| spot.see.get(&it.declared.user).ok());
    match user {
        Some(User::Id(id)) => *id != 0,
        Some(User::Name(name)) => name != "root",
        Some(User::NotRoot) => true,
        _ => false,
    }
}

/// Is it the default that is at fault, so that nobody asked for it? A setting that is not written has the place of
/// the container, as others have that are not written.
pub(crate) fn is_default(spot: &Spot) -> bool {
    let Some(container) = spot.container() else { return false };
    let held = &container.declared;
    let places = [
        held.privileged.pos(),
        held.no_new_privileges.pos(),
        held.read_only_root.pos(),
        held.memory_limit.pos(),
        held.cpu_limit.pos(),
        container.health_check.pos(),
    ];
    let here = &spot.fault.at;
    here.is_some() && places.iter().filter(|place| *place == here).count() > 1
}

/// Why a privileged container is not mended piece by piece.
pub(crate) fn not_while_privileged() -> Mend {
    Mend::Person("it follows from `privileged`: mend that first".into())
}

/// The option by its two spellings, `seccomp=x` and `seccomp:x`.
pub(crate) fn without_option(spot: &Spot, name: &str, value: &str) -> Edit {
    let both = vec![format!("{name}:{value}"), format!("{name}={value}")];
    spot.in_container("security_opt", Change::Drop(both))
}

/// A namespace of the host is given back: that key of the pod, or that key of the Compose service.
pub(crate) fn own_namespace(
    spot: &Spot,
    pod: &str,
    compose: &str,
    instead: &str,
    flags: &str,
    then: &str,
) -> Mend {
    match spot.source() {
        Some(Source::Pod) if pod.is_empty() => Mend::Person("a pod has no such setting".into()),
        Some(Source::Pod) => Mend::to_try(vec![spot.in_pod(pod, Change::Unset(Value::Flag(false)))], then),
        Some(Source::Compose) => {
            Mend::to_try(vec![spot.in_container(compose, Change::Unset(instead.into()))], then)
        }
        _ => spot.flags(flags),
    }
}

/// Capabilities are not given any more.
pub(crate) fn without_capabilities(spot: &Spot, names: &[&str]) -> Mend {
    if is_privileged(spot) {
        return not_while_privileged();
    }
    let spelled = names.iter().flat_map(|name| {
        [
            (*name).to_owned(),
            format!("CAP_{name}"),
            name.to_lowercase(),
            format!("cap_{}", name.to_lowercase()),
        ]
    });
    let drop = Change::Drop(spelled.collect());
    let edit = match spot.source() {
        Some(Source::Pod) => spot.in_container("securityContext capabilities add", drop),
        Some(Source::Compose) => spot.in_container("cap_add", drop),
        _ => {
            return Mend::Advice(format!("start it again without `--cap-add {}`", names.join(" --cap-add ")));
        }
    };
    Mend::to_try(vec![edit], "use what it needed them for")
}

/// A device of the host is not given any more.
pub(crate) fn without_device(spot: &Spot) -> Mend {
    let devices = spot.container().and_then(|it| spot.see.get(&it.declared.devices).ok());
    let device = devices.and_then(|devices| {
        devices
            .iter()
            .filter(|device| spot.fault.what.contains(&format!("has {device}")))
            .max_by_key(|d| d.len())
    });
    match (spot.source(), device) {
        (Some(Source::Compose), Some(device)) if device.starts_with("every device of the rule") => {
            let rule = device.split('"').nth(1).unwrap_or_default().to_owned();
            Mend::to_try(
                vec![spot.in_container("device_cgroup_rules", Change::Drop(vec![rule]))],
                "name the devices that it needs, by `devices`",
            )
        }
        (Some(Source::Compose), Some(device)) => {
            let mut written = vec![device.clone(), format!("{device}:{device}")];
            written.extend(["r", "rw", "rwm"].map(|mode| format!("{device}:{device}:{mode}")));
            Mend::to_try(
                vec![spot.in_container("devices", Change::Drop(written))],
                "use what it needed it for",
            )
        }
        (Some(Source::Docker), Some(device)) => {
            Mend::Advice(format!("start it again without `--device {device}`"))
        }
        _ => Mend::Person("which device it is given is not known by name".into()),
    }
}

/// A port is published for the host itself alone.
pub(crate) fn loopback(spot: &Spot) -> Mend {
    let Some(at) = spot.fault.at.clone().filter(|_| spot.source() != Some(Source::Docker)) else {
        return spot.flags("--publish 127.0.0.1:PORT:PORT");
    };
    let edit = match spot.source() {
        Some(Source::Pod) => spot.at(&at, "hostIP", Change::Set("127.0.0.1".into())),
        _ => spot.at(&at, "", Change::Loopback),
    };
    Mend::to_try(
        vec![edit],
        "only the host itself reaches the port then: others need a proxy, or another address",
    )
}

/// A setting of the engine: in the daemon.json that is scanned, or as what to write for one that runs.
pub(crate) fn daemon(spot: &Spot, safe: bool, changes: Vec<(&str, Change)>, then: &str) -> Mend {
    if spot.engine().is_some_and(|engine| !engine.file.is_empty()) {
        let edits: Vec<Edit> = changes.into_iter().map(|(path, change)| spot.in_file(path, change)).collect();
        return match safe {
            true => Mend::Patch { risk: tyrian_model::mend::Risk::Safe, edits, then: then.into() },
            false => Mend::to_try(edits, then),
        };
    }
    let said: Vec<String> = changes
        .iter()
        .map(|(path, change)| {
            let key = path.replace(' ', ": ");
            match change {
                Change::Set(value) => format!("{key}: {}", shown(value)),
                Change::Drop(items) => format!("no {} in {key}", items.join(", ")),
                _ => format!("no {key}"),
            }
        })
        .collect();
    Mend::Advice(format!(
        "in the engine's daemon.json: {}; then {then}. `tyrian fix /etc/docker/daemon.json` writes it where the engine reads that file",
        said.join(", ")
    ))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("\"{text}\""),
        _ => String::new(),
    }
}

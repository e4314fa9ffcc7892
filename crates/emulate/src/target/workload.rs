//! A clone like a described workload: a Compose service, a pod template, a container of an engine, whatever read it.

use crate::spec::{
    Capabilities, Devices, Filter, Image, Limits, Mount, MountKind, Namespace, Network, Spec, User,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tyrian_model::fact::{See, Unseen, Why};
use tyrian_model::host_path::is_engine_socket;
use tyrian_model::workload::{self, Container, Seccomp, Source, Workload};

/// Paths that a runtime hides by default.
pub const MASKED: [&str; 10] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];
/// Paths that it makes read-only.
pub const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// What the image says of whom it runs as, for workloads that leave it to the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageUser {
    /// Its `USER` as ids; nothing where it says none, which is root.
    pub user: Option<User>,
    /// The names that its /etc/passwd has.
    pub names: BTreeMap<String, User>,
}

/// Why no clone can be made like a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike(pub String);

impl From<Unseen> for Unlike {
    fn from(_: Unseen) -> Unlike {
        Unlike("what holds it in could not be read".into())
    }
}

/// The spec of a clone like that container, and where it is not quite like it.
///
/// `profile` reads a seccomp profile by the name that the workload gives it. A setting that its source does not have
/// (a pod names no devices) is not set.
///
/// # Errors
/// A setting is not known, or only the image could tell and `of_image` does not.
pub fn spec(
    see: &See,
    workload: &Workload,
    container: &Container,
    image: Image,
    of_image: &ImageUser,
    profile: &dyn Fn(&str) -> Result<crate::spec::Profile, String>,
) -> Result<(Spec, Vec<String>), Unlike> {
    let it = &container.declared;
    let mut remarks = Vec::new();
    let privileged = *see.get(&it.privileged)?;
    let user = user(said_user(see, it)?, of_image)?;
    let names: BTreeSet<String> = see.get(&it.capabilities)?.clone();
    let capabilities =
        if user.uid == 0 { Capabilities::of_root(&names) } else { Capabilities::of_user(&names) };
    let seccomp = match see.get(&it.seccomp)? {
        Seccomp::Unconfined => Filter::Unconfined,
        Seccomp::RuntimeDefault => Filter::EngineDefault,
        Seccomp::Filter => return Err(Unlike("its seccomp filter is not to be read".into())),
        Seccomp::Custom { name, .. } => Filter::Profile(profile(name).map_err(Unlike)?),
    };
    let masked = *see.get(&it.masked_paths)?;
    let shared = see.get(&it.host_namespaces)?;
    let joined = see.get(&it.joined_namespaces)?;
    let own = |namespace| !shared.contains(&namespace) && !joined.contains_key(&namespace);
    let pairs = [
        (workload::Namespace::Pid, Namespace::Pid),
        (workload::Namespace::Ipc, Namespace::Ipc),
        (workload::Namespace::Uts, Namespace::Uts),
        (workload::Namespace::Cgroup, Namespace::Cgroup),
    ];
    let namespaces: BTreeSet<Namespace> =
        pairs.into_iter().filter(|(there, _)| own(*there)).map(|(_, here)| here).collect();
    let list = |paths: &[&str]| {
        if masked { paths.iter().map(|path| (*path).to_owned()).collect() } else { Vec::new() }
    };
    let spec = Spec {
        image,
        read_only_root: *see.get(&it.read_only_root)?,
        user,
        capabilities,
        no_new_privileges: *see.get(&it.no_new_privileges)?,
        seccomp,
        apparmor: apparmor(see.get(&it.lsm)?.as_deref(), &mut remarks),
        selinux: None,
        masked_paths: list(&MASKED),
        read_only_paths: list(&READ_ONLY),
        read_only_sys: !privileged,
        namespaces,
        id_mapping: None,
        mounts: see.get(&it.mounts)?.iter().map(|mount| stand_in(see, mount)).collect(),
        devices: Devices { all: privileged, paths: see.asked(&it.devices)?.cloned().unwrap_or_default() },
        limits: Limits {
            memory: see.asked(&it.memory_limit)?.copied().flatten(),
            pids: see.asked(&it.pids_limit)?.copied().flatten(),
            cpu: see.asked(&it.cpu_limit)?.copied().flatten(),
        },
        processes_untold: see.asked(&it.pids_limit)?.is_none(),
        rlimits: BTreeMap::new(),
        sysctls: sysctls(see, workload, it, own(workload::Namespace::Net)),
        network: network(see, workload, own(workload::Namespace::Net)),
        environment: Vec::new(),
        directory: "/".into(),
        runtime: see.apart(|see| see.asked(&workload.runtime).ok().flatten().cloned().flatten()).flatten(),
    };
    Ok((spec, remarks))
}

/// The profile of AppArmor that holds it in on this machine; that of runtimes has the engine's name here.
fn apparmor(label: Option<&str>, remarks: &mut Vec<String>) -> Option<String> {
    let name = match label {
        None | Some("" | "unconfined") => return None,
        Some("runtime/default") => "docker-default",
        // A label of SELinux.
        Some(label) if label.contains(':') => {
            remarks.push(format!("its SELinux label {label} is not tried: a clone has none"));
            return None;
        }
        Some(name) => name,
    };
    let loaded = std::fs::read_to_string("/sys/kernel/security/apparmor/profiles").unwrap_or_default();
    if loaded.lines().any(|line| line.rsplit_once(" (").is_some_and(|(there, _)| there == name)) {
        return Some(name.to_owned());
    }
    if name != "docker-default" {
        remarks.push(format!(
            "this machine has no AppArmor profile {name} loaded: what it would stop goes through"
        ));
    }
    None
}

/// Kernel settings: what is asked for, and what engines of Docker set since 20.10 in a network of a container's own,
/// so that no user needs rights for low ports and for pings.
fn sysctls(
    see: &See,
    workload: &Workload,
    it: &workload::Confinement,
    own_network: bool,
) -> BTreeMap<String, String> {
    let asked = see.apart(|see| see.asked(&it.details.sysctls).ok().flatten().cloned()).flatten();
    let mut all = asked.unwrap_or_default();
    if own_network && matches!(workload.source, Source::Docker | Source::Compose) {
        for (key, value) in
            [("net.ipv4.ip_unprivileged_port_start", "0"), ("net.ipv4.ping_group_range", "0 2147483647")]
        {
            all.entry(key.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    all
}

/// What is said of its user. Where nothing is read of it, because the image decides, it is as if nothing were said.
fn said_user<'a>(see: &See, it: &'a workload::Confinement) -> Result<&'a workload::User, Unseen> {
    let apart = See::new(see.world);
    match apart.get(&it.user) {
        Ok(said) => Ok(said),
        Err(_) if apart.gaps().own.iter().all(|gap| gap.why == Why::NotRead) => Ok(&workload::User::Unset),
        Err(_) => see.get(&it.user),
    }
}

fn user(said: &workload::User, of_image: &ImageUser) -> Result<User, Unlike> {
    match said {
        workload::User::Id(uid) => {
            let known = of_image.names.values().find(|user| user.uid == *uid);
            Ok(known.cloned().unwrap_or(User { uid: *uid, gid: 0, groups: Vec::new() }))
        }
        workload::User::Unset => Ok(of_image.user.clone().unwrap_or_default()),
        workload::User::Name(name) => of_image
            .names
            .get(name)
            .cloned()
            .ok_or_else(|| Unlike(format!("it runs as {name}, and its image does not say who that is"))),
        workload::User::NotRoot => match &of_image.user {
            Some(user) if user.uid != 0 => Ok(user.clone()),
            _ => Err(Unlike(
                "it must not run as root, and its image says no other user: it does not start".into(),
            )),
        },
    }
}

/// What stands for a mount: never what it mounts.
fn stand_in(see: &See, mount: &workload::Mount) -> Mount {
    use tyrian_model::workload::MountKind as Kind;
    let of = mount.source.clone();
    let host = mount.kind == Kind::Bind;
    let kind = match mount.kind {
        Kind::Bind if is_engine_socket(&mount.source, &mount.target) => MountKind::RuntimeSocket { of },
        Kind::Tmpfs => MountKind::Tmpfs(None),
        Kind::Config | Kind::Secret if has_ending(&mount.target) => MountKind::File { of, host },
        Kind::Bind if is_file(&mount.source, &mount.target) => MountKind::File { of, host },
        _ => MountKind::Directory { of, host },
    };
    let tmpfs = mount.kind == Kind::Tmpfs;
    let executable = see.apart(|see| see.asked(&mount.executable).ok().flatten().copied()).flatten();
    Mount {
        kind,
        target: mount.target.clone(),
        read_only: mount.read_only,
        // Engines mount memory without execution and without setuid, and everything else with both.
        executable: executable.unwrap_or(!tmpfs),
        setuid: !tmpfs,
    }
}

/// Is it a file? This machine may have it; else a name with an ending is taken for one.
fn is_file(source: &str, target: &str) -> bool {
    match std::fs::symlink_metadata(source) {
        Ok(there) if there.is_dir() => false,
        Ok(there) if there.is_file() => true,
        _ => has_ending(target),
    }
}

fn has_ending(path: &str) -> bool {
    Path::new(path).extension().is_some()
}

fn network(see: &See, workload: &Workload, own: bool) -> Network {
    let networks = see.apart(|see| see.asked(&workload.networks).ok().flatten().cloned()).flatten();
    match (own, workload.source, networks) {
        (false, _, _) => Network::Neighbour,
        (true, Source::Compose | Source::Docker, Some(names))
            if names.is_empty() || names.contains("none") =>
        {
            Network::None
        }
        (true, _, Some(names)) if isolated(see, &names) => Network::Isolated,
        _ => Network::Lab,
    }
}

/// Do containers not reach one another on any of these networks, as the engine says?
fn isolated(see: &See, names: &BTreeSet<String>) -> bool {
    let networks = see.rows(&see.world.networks);
    let closed = |name: &String| {
        let network = networks.get(name).or_else(|| networks.get(&format!("network:{name}")));
        let traffic = network.and_then(|network| {
            see.apart(|see| see.get(&network.inter_container_traffic).ok().copied()).flatten()
        });
        traffic == Some(false)
    };
    !names.is_empty() && names.iter().all(closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tyrian_model::fact::{Known, Many};
    use tyrian_model::facts::World;
    use tyrian_model::host::EngineNetwork;

    #[test]
    fn a_workload_is_isolated_where_none_of_its_networks_lets_containers_reach_one_another() {
        let network = |traffic| {
            let nothing: EngineNetwork = serde_json::from_value(serde_json::json!({})).unwrap();
            EngineNetwork { inter_container_traffic: traffic, ..nothing }
        };
        let networks = Many::whole([
            ("network:quiet".to_owned(), network(Known::is(false))),
            ("network:open".to_owned(), network(Known::is(true))),
            ("network:unread".to_owned(), network(Known::gap(Why::Denied, "not to be read"))),
        ]);
        let world = World { networks, ..World::default() };
        let see = See::new(&world);
        let of = |names: &[&str]| isolated(&see, &names.iter().map(|name| (*name).to_owned()).collect());
        assert!(of(&["quiet"]));
        assert!(!of(&["quiet", "open"]) && !of(&["unread"]) && !of(&["nowhere"]) && !of(&[]));
    }
}

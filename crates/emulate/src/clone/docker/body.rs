//! A spec as the Engine API has it.

use super::super::{Job, LABEL, PROBE_DIRECTORY, Trouble};
use crate::spec::{Capabilities, Filter, Image, Mount, MountKind, Namespace, Network, Spec};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The label with the process that a clone belongs to.
pub(super) const OWNER: &str = "tyrian.purple.owner";

/// The lab's own bounds, under which every clone runs.
const MEMORY: u64 = 512 << 20;
const PROCESSES: u64 = 512;
/// Less memory than this is refused by engines.
const LEAST_MEMORY: u64 = 6 << 20;

/// What the engine itself is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Engine {
    /// Are users mapped, so that root of a container is nobody outside?
    pub(super) maps_users: bool,
    /// Does it know AppArmor?
    pub(super) apparmor: bool,
    /// Does it know SELinux?
    pub(super) selinux: bool,
    /// Does it keep the error that a filter gives by default? Docker 20.10 forgets it.
    pub(super) keeps_default_error: bool,
}

/// What a clone is put into.
pub(super) struct Surroundings<'s> {
    pub(super) engine: &'s Engine,
    pub(super) mark: &'s str,
    pub(super) owner: &'s str,
    /// The image, for a spec that names none.
    pub(super) empty_image: &'s str,
    /// The volume with the probe.
    pub(super) probe: &'s str,
    /// The container whose namespaces are shared; nothing for the neighbour itself.
    pub(super) neighbour: Option<&'s str>,
    /// The lab's networks.
    pub(super) lab: &'s str,
    pub(super) isolated: &'s str,
    /// The capabilities that the engine can give; nothing: not tried.
    pub(super) capabilities: Option<&'s BTreeSet<String>>,
}

/// Can it make /sys writable by itself? An engine leaves that to privileged containers, which get all devices of the
/// machine too; who may mount does without.
pub(super) fn can_remount(spec: &Spec) -> bool {
    spec.user.uid == 0
        && spec.capabilities.effective.contains("SYS_ADMIN")
        && spec.seccomp == Filter::Unconfined
        && spec.apparmor.is_none()
        && spec.selinux.is_none()
}

/// The body of a request that makes a container; `stand_in` gives the path, on the engine's machine, of what stands
/// for a mount.
///
/// # Errors
/// The engine cannot make such a container.
pub(super) fn create(
    job: &Job,
    around: &Surroundings,
    arguments: &[&str],
    stand_in: &mut dyn FnMut(&Mount) -> Result<String, Trouble>,
) -> Result<Value, Trouble> {
    let spec = &job.spec;
    able(spec, around)?;
    let image = match &spec.image {
        Image::Engine(image) => image.as_str(),
        Image::Empty => around.empty_image,
        Image::Directory(_) => return Err(cannot("a root file system that is a directory")),
    };
    let (mut mounts, mut tmpfs) = (Vec::new(), Map::new());
    mounts.push(json!({
        "Type": "volume", "Source": around.probe, "Target": PROBE_DIRECTORY, "ReadOnly": true,
        "VolumeOptions": {"NoCopy": true},
    }));
    for mount in &spec.mounts {
        if let MountKind::Tmpfs(size) = mount.kind {
            tmpfs.insert(mount.target.clone(), tmpfs_options(mount, size).into());
        } else {
            mounts.push(json!({
                "Type": "bind", "Source": stand_in(mount)?, "Target": mount.target, "ReadOnly": mount.read_only,
            }));
        }
    }
    if !spec.read_only_sys && !can_remount(spec) {
        // The kernel's own file system once more, without what is mounted below it.
        mounts.push(json!({
            "Type": "bind", "Source": "/sys", "Target": "/sys", "BindOptions": {"NonRecursive": true},
        }));
    }
    let mut host = Map::new();
    let mut set = |key: &str, value: Value| host.insert(key.to_owned(), value);
    set("CapDrop", json!(["ALL"]));
    set("CapAdd", json!(given(&spec.capabilities, around)));
    set("SecurityOpt", json!(security(spec, around.engine)?));
    set("ReadonlyRootfs", spec.read_only_root.into());
    set("MaskedPaths", json!(spec.masked_paths));
    set("ReadonlyPaths", json!(spec.read_only_paths));
    set("Mounts", mounts.into());
    set("Tmpfs", tmpfs.into());
    set("Devices", devices(spec));
    set("DeviceCgroupRules", if spec.devices.all { json!(["a *:* rwm"]) } else { json!([]) });
    set("GroupAdd", json!(spec.user.groups.iter().map(u32::to_string).collect::<Vec<_>>()));
    let memory = spec.limits.memory.unwrap_or(MEMORY).clamp(LEAST_MEMORY, MEMORY);
    set("Memory", memory.into());
    set("MemorySwap", memory.into());
    set("PidsLimit", spec.limits.pids.unwrap_or(PROCESSES).min(PROCESSES).into());
    if let Some(cpu) = spec.limits.cpu {
        // The least that an engine takes is a hundredth of a core.
        set("NanoCpus", (cpu.clamp(10, 1 << 20) * 1_000_000).into());
    }
    let own = |namespace| spec.namespaces.contains(&namespace);
    let shared = |namespace, own_mode: &str| match around.neighbour {
        Some(id) if !own(namespace) => format!("container:{id}"),
        _ => own_mode.to_owned(),
    };
    let pid = shared(Namespace::Pid, "");
    let ipc = shared(Namespace::Ipc, if around.neighbour.is_none() { "shareable" } else { "private" });
    let (net_shared, ipc_shared) =
        (spec.network == Network::Neighbour && around.neighbour.is_some(), ipc.starts_with("container:"));
    set("PidMode", pid.into());
    set("IpcMode", ipc.into());
    set("CgroupnsMode", if own(Namespace::Cgroup) { "private" } else { "host" }.into());
    set("UsernsMode", if around.engine.maps_users && !own(Namespace::User) { "host" } else { "" }.into());
    let network = match (spec.network, around.neighbour) {
        (Network::None, _) => "none".to_owned(),
        (Network::Lab, _) | (Network::Neighbour, None) => around.lab.to_owned(),
        (Network::Isolated, _) => around.isolated.to_owned(),
        (Network::Neighbour, Some(id)) => format!("container:{id}"),
    };
    set("NetworkMode", network.into());
    let of_neighbour = |name: &str| {
        (net_shared && name.starts_with("net."))
            || (ipc_shared && (name.starts_with("kernel.") || name.starts_with("fs.mqueue.")))
    };
    let sysctls: Map<String, Value> = spec
        .sysctls
        .iter()
        .filter(|(name, _)| !of_neighbour(name))
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    set("Sysctls", sysctls.into());
    let limits = spec.rlimits.iter().map(|(name, (soft, hard))| {
        let name = name.trim_start_matches("RLIMIT_").to_lowercase();
        // Without a bound is -1 there.
        let number = |limit: u64| i64::try_from(limit).unwrap_or(-1);
        json!({"Name": name, "Soft": number(*soft), "Hard": number(*hard)})
    });
    set("Ulimits", limits.collect());
    set("LogConfig", json!({"Type": "none"}));
    set("RestartPolicy", json!({"Name": "no"}));
    set("Init", false.into());
    if let Some(runtime) = &spec.runtime {
        set("Runtime", runtime.as_str().into());
    }
    let mut body = json!({
        "Image": image,
        "User": format!("{}:{}", spec.user.uid, spec.user.gid),
        "Env": spec.environment,
        "Entrypoint": [format!("{PROBE_DIRECTORY}/probe")],
        "Cmd": arguments,
        "Labels": labels(around.mark, around.owner),
        "Healthcheck": {"Test": ["NONE"]},
        "AttachStdin": true, "OpenStdin": true, "StdinOnce": true, "AttachStdout": true,
        "Tty": false,
        "HostConfig": host,
    });
    if let Some(body) = body.as_object_mut() {
        if !spec.directory.is_empty() {
            body.insert("WorkingDir".into(), spec.directory.as_str().into());
        }
        if !net_shared {
            let name = job.name.get(job.name.len().saturating_sub(63)..).unwrap_or_default();
            body.insert("Hostname".into(), name.trim_start_matches('-').into());
        }
    }
    Ok(body)
}

/// The labels of everything that belongs to a run.
pub(super) fn labels(mark: &str, owner: &str) -> Value {
    json!({LABEL: mark, OWNER: owner})
}

fn cannot(what: &str) -> Trouble {
    Trouble::CannotReproduce(what.to_owned())
}

/// What an engine cannot make of a spec is said, and not made in another way.
fn able(spec: &Spec, around: &Surroundings) -> Result<(), Trouble> {
    let Capabilities { bounding, effective, ambient, .. } = &spec.capabilities;
    if spec.user.uid == 0 && effective != bounding {
        return Err(cannot("root with fewer capabilities than it may take on"));
    }
    if spec.user.uid != 0 && !(effective.is_empty() && ambient.is_empty()) {
        return Err(cannot("capabilities of a user other than root: an engine gives none"));
    }
    if spec.namespaces.contains(&Namespace::User) && !around.engine.maps_users {
        return Err(cannot("a user namespace: the engine maps no users (userns-remap)"));
    }
    if spec.apparmor.is_some() && !around.engine.apparmor {
        return Err(cannot("an AppArmor profile: the engine's machine has no AppArmor"));
    }
    if spec.selinux.is_some() && !around.engine.selinux {
        return Err(cannot("an SELinux label: the engine's machine has no SELinux"));
    }
    let held = |mount: &&Mount| {
        let free = matches!(mount.kind, MountKind::Tmpfs(_)) || (mount.executable && mount.setuid);
        !free
    };
    if let Some(mount) = spec.mounts.iter().find(held) {
        return Err(cannot(&format!("{}, a directory from which programs cannot be run", mount.target)));
    }
    Ok(())
}

/// What is asked for of the capabilities; one that the engine cannot give would refuse the whole clone.
fn given(capabilities: &Capabilities, around: &Surroundings) -> Vec<String> {
    let can = |name: &&String| around.capabilities.is_none_or(|all| all.contains(*name));
    capabilities.bounding.iter().filter(can).map(|name| format!("CAP_{name}")).collect()
}

fn security(spec: &Spec, engine: &Engine) -> Result<Vec<String>, Trouble> {
    let mut options = Vec::new();
    match &spec.seccomp {
        Filter::Unconfined => options.push("seccomp=unconfined".to_owned()),
        Filter::EngineDefault => {}
        Filter::Profile(profile) => {
            let usual = profile.default_errno_ret.is_none_or(|error| error == 1);
            if !usual && !engine.keeps_default_error {
                return Err(cannot("a filter with an error of its own by default: this engine forgets it"));
            }
            let text = serde_json::to_string(profile)
                .map_err(|error| Trouble::DidNotStart(format!("its filter cannot be written: {error}")))?;
            options.push(format!("seccomp={text}"));
        }
    }
    if spec.no_new_privileges {
        options.push("no-new-privileges".to_owned());
    }
    if engine.apparmor {
        options.push(format!("apparmor={}", spec.apparmor.as_deref().unwrap_or("unconfined")));
    }
    if engine.selinux {
        match spec.selinux.as_deref().map(|label| label.splitn(4, ':').collect::<Vec<_>>()) {
            Some(parts) => {
                let keys = ["user", "role", "type", "level"];
                options.extend(keys.iter().zip(parts).map(|(key, part)| format!("label={key}:{part}")));
            }
            None => options.push("label=disable".to_owned()),
        }
    }
    Ok(options)
}

fn tmpfs_options(mount: &Mount, size: Option<u64>) -> String {
    let mut options = [
        if mount.read_only { "ro" } else { "rw" },
        if mount.executable { "exec" } else { "noexec" },
        if mount.setuid { "suid" } else { "nosuid" },
        "nodev",
    ]
    .join(",");
    // It counts as the clone's memory, which is bounded anyway.
    if let Some(size) = size {
        options.push_str(&format!(",size={size}"));
    }
    options
}

/// The machine's own devices are never given: what opens /dev/null under their names opens nothing.
fn devices(spec: &Spec) -> Value {
    let stand_in =
        |path| json!({"PathOnHost": "/dev/null", "PathInContainer": path, "CgroupPermissions": "rwm"});
    spec.devices.paths.iter().map(stand_in).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::loosest;
    use crate::spec::{Devices, Limits, Profile, User};
    use std::time::Duration;
    use tyrian_model::workload::CAPABILITIES;

    fn made(spec: &Spec, engine: &Engine, all: &BTreeSet<String>) -> Result<Value, Trouble> {
        let around = Surroundings {
            engine,
            mark: "m",
            owner: "o",
            empty_image: "empty",
            probe: "volume",
            neighbour: Some("n"),
            lab: "lab",
            isolated: "alone",
            capabilities: Some(all),
        };
        let job =
            Job { name: "m-1".into(), spec: spec.clone(), plan: Vec::new(), limit: Duration::from_secs(1) };
        create(&job, &around, &["read", "m-1"], &mut |mount| Ok(format!("/stand-in{}", mount.target)))
    }

    fn all() -> BTreeSet<String> {
        CAPABILITIES.iter().map(|name| (*name).to_owned()).collect()
    }

    fn hardened() -> Spec {
        Spec {
            image: Image::Engine("shop".into()),
            read_only_root: true,
            user: User { uid: 65534, gid: 65534, groups: vec![7] },
            no_new_privileges: true,
            seccomp: Filter::Profile(Profile {
                default_action: "SCMP_ACT_ERRNO".into(),
                ..Profile::default()
            }),
            masked_paths: vec!["/proc/kcore".into()],
            read_only_sys: true,
            namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Uts]),
            mounts: vec![Mount {
                kind: MountKind::Tmpfs(Some(4096)),
                target: "/tmp".into(),
                read_only: false,
                executable: false,
                setuid: false,
            }],
            limits: Limits { memory: Some(64 << 20), pids: Some(64), cpu: Some(500) },
            ..Spec::default()
        }
    }

    #[test]
    fn a_hardened_spec_is_asked_for_as_it_is() {
        let body = made(&hardened(), &Engine::default(), &all()).unwrap();
        let host = &body["HostConfig"];
        assert_eq!(body["User"], "65534:65534");
        assert_eq!(host["GroupAdd"], json!(["7"]));
        assert_eq!(host["CapDrop"], json!(["ALL"]));
        assert_eq!(host["CapAdd"], json!([]));
        let options: Vec<&str> =
            host["SecurityOpt"].as_array().unwrap().iter().map(|o| o.as_str().unwrap()).collect();
        assert!(options[0].starts_with(r#"seccomp={"defaultAction":"SCMP_ACT_ERRNO""#), "{options:?}");
        assert_eq!(options[1..], ["no-new-privileges"]);
        assert_eq!(host["Tmpfs"]["/tmp"], "rw,noexec,nosuid,nodev,size=4096");
        assert_eq!(host["MaskedPaths"], json!(["/proc/kcore"]));
        assert_eq!((&host["PidMode"], &host["IpcMode"]), (&json!(""), &json!("private")));
        assert_eq!((&host["PidsLimit"], &host["NanoCpus"]), (&json!(64), &json!(500_000_000)));
        assert_eq!(host["NetworkMode"], "none");
        assert_eq!(body["Labels"][LABEL], "m");
    }

    #[test]
    fn the_twin_shares_the_neighbours_namespaces_and_keeps_the_labs_bounds() {
        let twin = loosest(&hardened(), &all());
        let body = made(&twin, &Engine::default(), &all()).unwrap();
        let host = &body["HostConfig"];
        assert!(host.get("Privileged").is_none(), "the machine's devices would come with it");
        for mode in ["PidMode", "IpcMode", "NetworkMode"] {
            assert_eq!(host[mode], "container:n", "{mode}");
        }
        assert_eq!((&host["PidsLimit"], &host["Memory"]), (&json!(512), &json!(512 << 20)));
        assert!(body.get("Hostname").is_none(), "engines refuse a name for a network of another");
        let sources: Vec<&str> =
            host["Mounts"].as_array().unwrap().iter().map(|m| m["Source"].as_str().unwrap()).collect();
        assert_eq!(sources, ["volume", "/stand-in/tyrian-host", "/stand-in/var/run/docker.sock"]);
        assert_eq!(host["CapAdd"].as_array().unwrap().len(), CAPABILITIES.len());
        assert_eq!(host["DeviceCgroupRules"], json!(["a *:* rwm"]));
        // Who cannot mount gets a writable /sys from outside.
        let kept = Spec { seccomp: Filter::EngineDefault, ..twin };
        let host = &made(&kept, &Engine::default(), &all()).unwrap()["HostConfig"];
        assert!(host["Mounts"].as_array().unwrap().iter().any(|mount| mount["Source"] == "/sys"));
    }

    #[test]
    fn what_the_engine_cannot_give_is_not_asked_for() {
        let mut few = all();
        few.remove("SYS_RESOURCE");
        let spec = Spec { capabilities: Capabilities::of_root(&all()), ..hardened() };
        let spec = Spec { user: User::default(), ..spec };
        let host = &made(&spec, &Engine::default(), &few).unwrap()["HostConfig"];
        assert!(!host["CapAdd"].as_array().unwrap().contains(&json!("CAP_SYS_RESOURCE")));
        assert_eq!(host["CapAdd"].as_array().unwrap().len(), few.len());
    }

    #[test]
    fn what_an_engine_cannot_reproduce_is_said() {
        let one = BTreeSet::from(["CHOWN".to_owned()]);
        let wrong = [
            Spec {
                capabilities: Capabilities {
                    ambient: one.clone(),
                    effective: one,
                    ..Capabilities::default()
                },
                ..hardened()
            },
            Spec { namespaces: BTreeSet::from([Namespace::User]), ..hardened() },
            Spec { apparmor: Some("a".into()), ..hardened() },
            Spec { selinux: Some("a:b:c".into()), ..hardened() },
            Spec { image: Image::Directory("/x".into()), ..hardened() },
        ];
        for spec in wrong {
            let made = made(&spec, &Engine::default(), &all());
            assert!(matches!(made, Err(Trouble::CannotReproduce(_))), "{made:?}");
        }
        let every = Engine { maps_users: true, apparmor: true, selinux: true, keeps_default_error: true };
        let spec = Spec { selinux: Some("u:r:t:s0:c1,c2".into()), apparmor: Some("a".into()), ..hardened() };
        let host = &made(&spec, &every, &all()).unwrap()["HostConfig"];
        let options = host["SecurityOpt"].to_string();
        assert!(options.contains("apparmor=a") && options.contains("label=level:s0:c1,c2"), "{options}");
        assert_eq!(host["UsernsMode"], "host");
        let devices = Spec { devices: Devices { all: false, paths: vec!["/dev/fuse".into()] }, ..hardened() };
        let host = &made(&devices, &every, &all()).unwrap()["HostConfig"];
        let device = &host["Devices"][0];
        let expected =
            json!({"PathOnHost": "/dev/null", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"});
        assert_eq!(device, &expected);
    }
}

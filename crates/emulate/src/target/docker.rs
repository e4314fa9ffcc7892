//! A clone like a container of a Docker engine, or like one that its image would give.
//!
//! What the engine says is taken as it is. Where the engine runs on this machine and its files can be read, the
//! configuration with which the container was started says the rest: its user as numbers, and the text of its filter.

use super::workload::{MASKED, READ_ONLY};
use crate::clone::Trouble;
use crate::clone::docker::{Api, clean, escaped, of_this_process};
use crate::spec::{
    Capabilities, Devices, Filter, IdMapping, Image, Limits, Mount, MountKind, Namespace, Network, Profile,
    Spec, User,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tyrian_collect::docker::Endpoint;
use tyrian_model::host_path::is_engine_socket;
use tyrian_model::workload::{CAPABILITIES, DEFAULT_CAPABILITIES};

/// What a clone is to be made like.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The id of the container; empty for an image.
    pub id: String,
    /// Its name; the reference of an image.
    pub name: String,
    /// The digest of its image's configuration, `sha256:…`.
    pub image: String,
    /// What the clone is made of.
    pub spec: Spec,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where the clone is not quite like it, in words.
    pub remarks: Vec<String>,
}

/// Variables that hold no secret, and without which programs do not find what they need.
const PLAIN: [&str; 8] = ["PATH", "HOME", "LANG", "LC_ALL", "TERM", "TZ", "HOSTNAME", "LD_LIBRARY_PATH"];

/// Reads what a container is like. `canary` stands for the values of its variables.
///
/// # Errors
/// The engine does not answer, has no such container, or one that no clone can be made like.
pub fn container(endpoint: &Endpoint, name: &str, canary: &str) -> Result<Target, Trouble> {
    let none = || stopped(&format!("the engine has no container {}", clean(name)));
    if !is_name(name, "_.-") {
        return Err(none());
    }
    let api = Api::open(endpoint)?;
    let path = format!("/containers/{}/json", escaped(name));
    let it = api.get(&path).map_err(|refusal| match refusal.status {
        Some(404) => none(),
        _ => refusal.into(),
    })?;
    let name = text(&it, "/Name").trim_start_matches('/').to_owned();
    let state = text(&it, "/State/Status");
    if ["paused", "restarting", "removing", "dead"].contains(&state) {
        let advice = match state {
            "paused" => "unpause it, or attack its image",
            "restarting" => "see in its log why it does not start, or attack its image",
            _ => "start it anew, or attack its image",
        };
        return Err(stopped(&format!("container {} is {state}: {advice}", clean(&name))));
    }
    let image = api.get(&format!("/images/{}/json", escaped(text(&it, "/Image"))))?;
    let info = api.get("/info")?;
    fits(&image, &info)?;
    let mut remarks = Vec::new();
    let id = text(&it, "/Id").to_owned();
    let bundle = it.pointer("/State/Pid").and_then(Value::as_u64).filter(|pid| *pid > 0);
    let bundle = bundle.filter(|_| matches!(endpoint, Endpoint::Unix(_))).and_then(|pid| bundle_of(pid, &id));
    if state != "running" {
        remarks.push(format!("container {name} does not run: the clone is like it would be"));
    }
    let passwd = if bundle.is_some() { String::new() } else { file(&api, &id, "/etc/passwd") };
    let isolated = isolated(&api, &it);
    let seen =
        Seen { it: &it, image: &image, info: &info, bundle: bundle.as_ref(), passwd: &passwd, isolated };
    let spec = spec(&seen, canary, &mut remarks)?;
    let labels = labels(&it);
    Ok(Target { id, name, image: text(&it, "/Image").to_owned(), spec, labels, remarks })
}

/// Reads what a container of that image would be like, run without any option. `canary` stands for the values of
/// variables.
///
/// # Errors
/// The engine does not answer, has no such image, or one for another architecture.
pub fn image(endpoint: &Endpoint, reference: &str, canary: &str) -> Result<Target, Trouble> {
    let none = || stopped(&format!("the engine has no image {}: pull or build it first", clean(reference)));
    if !is_name(reference, "_.-/:@") {
        return Err(none());
    }
    let api = Api::open(endpoint)?;
    // The engine's router takes the slashes of an image's name as they are.
    let path = format!("/images/{}/json", escaped(reference).replace("%2F", "/"));
    let image = api.get(&path).map_err(|refusal| match refusal.status {
        Some(404) => none(),
        _ => refusal.into(),
    })?;
    let info = api.get("/info")?;
    fits(&image, &info)?;
    let id = text(&image, "/Id").to_owned();
    // Who its user is stands in its own files, which a container that is never started shows.
    let user = text(&image, "/Config/User");
    let mut passwd = String::new();
    if user.chars().any(char::is_alphabetic) {
        let body = json!({ "Image": id, "Cmd": ["-"], "Labels": of_this_process() });
        let made = api.post("/containers/create", &body)?;
        let container = text(&made, "/Id").to_owned();
        passwd = file(&api, &container, "/etc/passwd");
        api.delete(&format!("/containers/{}?force=1&v=1", escaped(&container)))?;
    }
    // The engine's answer about a container that was run with nothing said.
    let it = json!({
        "Image": id,
        "Config": image.get("Config"),
        "HostConfig": { "MaskedPaths": MASKED, "ReadonlyPaths": READ_ONLY, "NetworkMode": "default" },
        "Mounts": image.pointer("/Config/Volumes").and_then(Value::as_object).map(|volumes| {
            volumes.keys().map(|target| json!({"Type": "volume", "Destination": target, "RW": true})).collect::<Vec<_>>()
        }),
    });
    let mut remarks = Vec::new();
    let seen = Seen { it: &it, image: &image, info: &info, bundle: None, passwd: &passwd, isolated: false };
    let spec = spec(&seen, canary, &mut remarks)?;
    Ok(Target {
        id: String::new(),
        name: reference.to_owned(),
        image: id,
        spec,
        labels: labels(&it),
        remarks,
    })
}

/// All that is known of a container.
struct Seen<'s> {
    /// What the engine says of it.
    it: &'s Value,
    /// What it says of its image.
    image: &'s Value,
    /// What it says of itself.
    info: &'s Value,
    /// The configuration with which the container was started.
    bundle: Option<&'s Value>,
    /// Its /etc/passwd, where that is needed.
    passwd: &'s str,
    /// Are its networks such that containers do not reach one another there?
    isolated: bool,
}

/// The spec of a clone like it.
fn spec(seen: &Seen, canary: &str, remarks: &mut Vec<String>) -> Result<Spec, Trouble> {
    let it = seen.it;
    let host = |key: &str| it.pointer(&format!("/HostConfig/{key}")).unwrap_or(&Value::Null);
    let privileged = host("Privileged") == &Value::Bool(true);
    let names = capabilities(seen, privileged);
    let user = user(seen)?;
    let capabilities =
        if user.uid == 0 { Capabilities::of_root(&names) } else { Capabilities::of_user(&names) };
    let options: Vec<&str> = strings(host("SecurityOpt"));
    let bundled = |pointer: &str| seen.bundle.and_then(|bundle| bundle.pointer(pointer));
    let paths = |key: &str, pointer: &str, usual: &[&str]| match (bundled(pointer), host(key)) {
        (Some(list), _) => owned(strings(list)),
        (None, _) if seen.bundle.is_some() || privileged => Vec::new(),
        (None, Value::Array(_)) => owned(strings(host(key))),
        (None, _) => owned(usual.to_vec()),
    };
    let has = |name: &str| {
        strings(&seen.info["SecurityOptions"])
            .iter()
            .any(|option| option.split(',').any(|part| part.strip_prefix("name=") == Some(name)))
    };
    let apparmor = Some(text(it, "/AppArmorProfile")).filter(|name| !["", "unconfined"].contains(name));
    let apparmor = apparmor.map(str::to_owned).filter(|profile| {
        let there = has("apparmor");
        if !there {
            let profile = clean(profile);
            remarks.push(format!(
                "the engine names the AppArmor profile {profile}, and its machine has no AppArmor: nothing is in force"
            ));
        }
        there
    });
    let selinux = Some(text(it, "/ProcessLabel")).filter(|label| !label.is_empty() && has("selinux"));
    let (namespaces, id_mapping) = namespaces(seen, remarks);
    let runtime = Some(text(it, "/HostConfig/Runtime"));
    let runtime = runtime.filter(|name| !name.is_empty() && *name != text(seen.info, "/DefaultRuntime"));
    Ok(Spec {
        image: Image::Engine(text(it, "/Image").to_owned()),
        read_only_root: host("ReadonlyRootfs") == &Value::Bool(true),
        user,
        seccomp: filter(seen, privileged, &options, &capabilities.bounding)?,
        capabilities,
        no_new_privileges: match bundled("/process/noNewPrivileges") {
            Some(set) => set == &Value::Bool(true),
            None => options.iter().any(|option| {
                ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"].contains(option)
            }),
        },
        apparmor,
        selinux: selinux.map(str::to_owned),
        masked_paths: paths("MaskedPaths", "/linux/maskedPaths", &MASKED),
        read_only_paths: paths("ReadonlyPaths", "/linux/readonlyPaths", &READ_ONLY),
        read_only_sys: !privileged,
        namespaces,
        id_mapping,
        mounts: mounts(seen),
        devices: Devices {
            all: privileged || strings(host("DeviceCgroupRules")).contains(&"a *:* rwm"),
            paths: devices(host("Devices")),
        },
        limits: limits(host),
        processes_untold: false,
        rlimits: rlimits(host("Ulimits")),
        sysctls: host("Sysctls")
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        network: match text(it, "/HostConfig/NetworkMode") {
            "none" => Network::None,
            mode if mode == "host" || mode.starts_with("container:") => Network::Neighbour,
            _ if seen.isolated => Network::Isolated,
            _ => Network::Lab,
        },
        environment: environment(seen, canary),
        directory: text(it, "/Config/WorkingDir").to_owned(),
        runtime: runtime.map(str::to_owned),
    })
}

/// What it is bound to: what it was started with, or what the options make of the usual ones.
fn capabilities(seen: &Seen, privileged: bool) -> BTreeSet<String> {
    let plain = |name: &str| name.to_uppercase().trim_start_matches("CAP_").to_owned();
    if let Some(bounding) = seen.bundle.and_then(|bundle| bundle.pointer("/process/capabilities/bounding")) {
        return strings(bounding).into_iter().map(plain).collect();
    }
    if seen.bundle.is_some() {
        return BTreeSet::new();
    }
    let list = |key: &str| -> BTreeSet<String> {
        let said = seen.it.pointer(&format!("/HostConfig/{key}"));
        said.map(strings).unwrap_or_default().into_iter().map(plain).collect()
    };
    let every = || CAPABILITIES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    if privileged {
        return every();
    }
    let (added, dropped) = (list("CapAdd"), list("CapDrop"));
    let mut all = if added.contains("ALL") {
        every()
    } else if dropped.contains("ALL") {
        BTreeSet::new()
    } else {
        DEFAULT_CAPABILITIES.iter().map(|name| (*name).to_owned()).collect()
    };
    all.retain(|name| !dropped.contains(name));
    all.extend(added.into_iter().filter(|name| name != "ALL"));
    all
}

/// Who it is started as.
fn user(seen: &Seen) -> Result<User, Trouble> {
    if let Some(user) = seen.bundle.and_then(|bundle| bundle.pointer("/process/user")) {
        let number = |key: &str| user.get(key).and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        let (uid, gid) = (number("uid").unwrap_or(0), number("gid").unwrap_or(0));
        let groups = user.get("additionalGids").and_then(Value::as_array).into_iter().flatten();
        let groups = groups.filter_map(|id| u32::try_from(id.as_u64()?).ok()).filter(|id| *id != gid);
        return Ok(User { uid, gid, groups: groups.collect() });
    }
    let said = text(seen.it, "/Config/User");
    let (name, group) = said.split_once(':').map_or((said, None), |(name, group)| (name, Some(group)));
    // name:x:uid:gid:…
    let mut rows = seen.passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let row = rows.find(|row| row.first() == Some(&name) || row.get(2) == Some(&name));
    let number = |field: usize| row.as_ref().and_then(|row| row.get(field)?.parse::<u32>().ok());
    let unknown = |what: &str| {
        let what = clean(what);
        stopped(&format!("it runs as {what}, which its /etc/passwd does not name: give the user as numbers"))
    };
    let uid = match name {
        "" => 0,
        name => name.parse().ok().or_else(|| number(2)).ok_or_else(|| unknown(name))?,
    };
    let gid = match group {
        Some(group) => group.parse().map_err(|_| unknown(said))?,
        None => number(3).unwrap_or(0),
    };
    let added = seen.it.pointer("/HostConfig/GroupAdd").map(strings).unwrap_or_default();
    Ok(User { uid, gid, groups: added.iter().filter_map(|group| group.parse().ok()).collect() })
}

/// The filter: as it was given to the runtime, or as the options say.
fn filter(
    seen: &Seen,
    privileged: bool,
    options: &[&str],
    capabilities: &BTreeSet<String>,
) -> Result<Filter, Trouble> {
    let wrong =
        |error: &dyn std::fmt::Display| stopped(&format!("its seccomp filter cannot be read: {error}"));
    if let Some(bundle) = seen.bundle {
        return match bundle.pointer("/linux/seccomp") {
            Some(filter) => {
                let profile = serde_json::from_value(filter.clone()).map_err(|error| wrong(&error))?;
                Ok(Filter::Profile(profile))
            }
            None => Ok(Filter::Unconfined),
        };
    }
    let given = options.iter().find_map(|option| {
        let rest = option.strip_prefix("seccomp")?;
        rest.strip_prefix('=').or_else(|| rest.strip_prefix(':'))
    });
    match given {
        Some("unconfined") => Ok(Filter::Unconfined),
        None if privileged => Ok(Filter::Unconfined),
        None | Some("" | "builtin") => {
            // Whoever makes the clone sees its text in one that is started, or says that it cannot be seen.
            Ok(Filter::EngineDefault)
        }
        Some(text) => {
            let profile: Value = serde_json::from_str(text).map_err(|error| wrong(&error))?;
            resolved(&profile, capabilities).map(Filter::Profile).map_err(|error| wrong(&error))
        }
    }
}

/// A filter as it is given to an engine, which has rules that hold only for some containers, as a runtime gets it.
fn resolved(profile: &Value, capabilities: &BTreeSet<String>) -> Result<Profile, serde_json::Error> {
    let mut profile = profile.clone();
    let (word, older) = match std::env::consts::ARCH {
        "aarch64" => ("arm64", "SCMP_ARCH_AARCH64"),
        _ => ("amd64", "SCMP_ARCH_X86_64"),
    };
    let any = |of: Option<&Value>, key: &str, holds: &dyn Fn(&str) -> bool| {
        of.and_then(|of| of.get(key))
            .map(strings)
            .filter(|list| !list.is_empty())
            .map(|list| (list.iter().any(|name| holds(name)), list.iter().all(|name| holds(name))))
    };
    let has = |name: &str| capabilities.contains(name.trim_start_matches("CAP_"));
    let here = |name: &str| name == word;
    if let Some(rules) = profile.get_mut("syscalls").and_then(Value::as_array_mut) {
        rules.retain(|rule| {
            let (includes, excludes) = (rule.get("includes"), rule.get("excludes"));
            let wanted = any(includes, "caps", &has).is_none_or(|(_, all)| all)
                && any(includes, "arches", &here).is_none_or(|(any, _)| any);
            let unwanted = any(excludes, "caps", &has).is_some_and(|(any, _)| any)
                || any(excludes, "arches", &here).is_some_and(|(any, _)| any);
            wanted && !unwanted
        });
        for rule in rules {
            // An older form names one call.
            if let Some(name) = rule.get("name").cloned().filter(|name| name.is_string()) {
                rule["names"] = json!([name]);
            }
            if rule.get("args").is_some_and(Value::is_null) {
                rule["args"] = json!([]);
            }
        }
    }
    if let Some(map) = profile.get("archMap").and_then(Value::as_array) {
        let own = map.iter().find(|entry| text(entry, "/architecture") == older);
        let sub = own.and_then(|own| own.get("subArchitectures")).map(strings).unwrap_or_default();
        profile["architectures"] = json!([&[older][..], &sub].concat());
    }
    serde_json::from_value(profile)
}

/// The namespaces that are its own, and how its users are mapped.
fn namespaces(seen: &Seen, remarks: &mut Vec<String>) -> (BTreeSet<Namespace>, Option<IdMapping>) {
    let mode = |key: &str| text(seen.it, &format!("/HostConfig/{key}"));
    let shared = |key: &str| mode(key) == "host" || mode(key).starts_with("container:");
    let mut own = BTreeSet::new();
    for (key, namespace) in
        [("PidMode", Namespace::Pid), ("IpcMode", Namespace::Ipc), ("UTSMode", Namespace::Uts)]
    {
        if !shared(key) {
            own.insert(namespace);
        }
    }
    if shared("UTSMode") {
        remarks.push(
            "it shares the host's name, which no engine lets a clone share with the neighbour".to_owned(),
        );
    }
    if mode("CgroupnsMode") == "private" {
        own.insert(Namespace::Cgroup);
    }
    let mapped = strings(&seen.info["SecurityOptions"]).iter().any(|option| option.contains("name=userns"));
    let mut mapping = None;
    if mapped && mode("UsernsMode") != "host" {
        own.insert(Namespace::User);
        let first = seen.bundle.and_then(|bundle| bundle.pointer("/linux/uidMappings/0"));
        let number = |key: &str| {
            first.and_then(|first| first.get(key)?.as_u64()).and_then(|number| u32::try_from(number).ok())
        };
        mapping = number("hostID").zip(number("size")).map(|(host, size)| IdMapping { host, size });
    }
    (own, mapping)
}

/// What stands for its mounts: never what they mount.
fn mounts(seen: &Seen) -> Vec<Mount> {
    let mut mounts = BTreeMap::new();
    for row in seen.it.get("Mounts").and_then(Value::as_array).into_iter().flatten() {
        let (kind, source, target) = (text(row, "/Type"), text(row, "/Source"), text(row, "/Destination"));
        let kind = match kind {
            "tmpfs" => MountKind::Tmpfs(None),
            "bind" if is_engine_socket(source, target) => MountKind::RuntimeSocket { of: source.to_owned() },
            "bind" if is_file(source, target) => MountKind::File { of: source.to_owned(), host: true },
            "bind" => MountKind::Directory { of: source.to_owned(), host: true },
            _ => MountKind::Directory { of: text(row, "/Name").to_owned(), host: false },
        };
        let tmpfs = matches!(kind, MountKind::Tmpfs(_));
        let mount = Mount {
            kind,
            target: target.to_owned(),
            read_only: row.get("RW") == Some(&Value::Bool(false)),
            executable: !tmpfs,
            setuid: !tmpfs,
        };
        mounts.insert(target.to_owned(), mount);
    }
    let memory = seen.it.pointer("/HostConfig/Tmpfs").and_then(Value::as_object);
    for (target, options) in memory.into_iter().flatten() {
        let options: Vec<&str> = options.as_str().unwrap_or_default().split(',').collect();
        let last = |yes: &str, no: &str| {
            options.iter().rev().find(|option| **option == yes || **option == no).map(|option| *option == yes)
        };
        let size = options.iter().rev().find_map(|option| bytes(option.strip_prefix("size=")?));
        let mount = Mount {
            kind: MountKind::Tmpfs(size),
            target: target.clone(),
            read_only: last("ro", "rw").unwrap_or(false),
            // What an engine does where nothing is said.
            executable: last("exec", "noexec").unwrap_or(false),
            setuid: last("suid", "nosuid").unwrap_or(false),
        };
        mounts.insert(target.clone(), mount);
    }
    mounts.into_values().collect()
}

/// `64m`, `1g`, `65536`.
fn bytes(text: &str) -> Option<u64> {
    let (digits, shift) = match text.to_lowercase().strip_suffix(['k', 'm', 'g']) {
        Some(digits) => (
            digits.to_owned(),
            match text.to_lowercase().chars().last()? {
                'k' => 10,
                'm' => 20,
                _ => 30,
            },
        ),
        None => (text.to_owned(), 0),
    };
    digits.parse::<u64>().ok()?.checked_shl(shift)
}

/// Is it a file? This machine may have it; else a name with an ending is taken for one.
fn is_file(source: &str, target: &str) -> bool {
    match std::fs::symlink_metadata(source) {
        Ok(there) if there.is_dir() => false,
        Ok(there) if there.is_file() => true,
        _ => Path::new(target).extension().is_some(),
    }
}

fn devices(list: &Value) -> Vec<String> {
    let rows = list.as_array().into_iter().flatten();
    rows.filter_map(|row| row.get("PathInContainer")?.as_str().map(str::to_owned)).collect()
}

fn limits<'v>(host: impl Fn(&str) -> &'v Value) -> Limits {
    let number = |key: &str| {
        host(key).as_i64().filter(|number| *number > 0).and_then(|number| u64::try_from(number).ok())
    };
    let share = number("CpuQuota").map(|quota| quota * 1000 / number("CpuPeriod").unwrap_or(100_000));
    Limits {
        memory: number("Memory"),
        pids: number("PidsLimit"),
        cpu: number("NanoCpus").map(|nano| nano / 1_000_000).or(share),
    }
}

fn rlimits(list: &Value) -> BTreeMap<String, (u64, u64)> {
    let rows = list.as_array().into_iter().flatten();
    rows.filter_map(|row| {
        // Without a bound is -1 here, and the largest number there.
        let number =
            |key: &str| row.get(key)?.as_i64().map(|number| u64::try_from(number).unwrap_or(u64::MAX));
        let name = format!("RLIMIT_{}", row.get("Name")?.as_str()?.to_uppercase());
        Some((name, (number("Soft")?, number("Hard")?)))
    })
    .collect()
}

/// Its variables. What the image does not set by itself may be a secret, and a canary stands for it.
fn environment(seen: &Seen, canary: &str) -> Vec<String> {
    let of_image = seen.image.pointer("/Config/Env").map(strings).unwrap_or_default();
    let all = seen.it.pointer("/Config/Env").map(strings).unwrap_or_default();
    let kept = |line: &str| match line.split_once('=') {
        Some((name, _)) if !of_image.contains(&line) && !PLAIN.contains(&name) => format!("{name}={canary}"),
        _ => line.to_owned(),
    };
    all.into_iter().map(kept).collect()
}

/// Is the image for the engine's own architecture?
fn fits(image: &Value, info: &Value) -> Result<(), Trouble> {
    let (of_image, of_engine) = (text(image, "/Architecture"), text(info, "/Architecture"));
    let same = match of_engine {
        "x86_64" => ["amd64", "x86_64", "386"].contains(&of_image),
        "aarch64" => ["arm64", "aarch64", "arm"].contains(&of_image),
        other => of_image == other,
    };
    if same || of_image.is_empty() {
        return Ok(());
    }
    Err(stopped(&format!(
        "its image is for {}, and the engine's machine is {}: no clone of it can run there",
        clean(of_image),
        clean(of_engine)
    )))
}

/// Do containers of its networks not reach one another?
fn isolated(api: &Api, it: &Value) -> bool {
    let networks = it.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
    let mut ids = networks.into_iter().flatten().map(|(_, network)| text(network, "/NetworkID")).peekable();
    ids.peek().is_some()
        && ids.all(|id| {
            let options = api.get(&format!("/networks/{}", escaped(id))).unwrap_or_default();
            options["Options"]["com.docker.network.bridge.enable_icc"] == "false"
        })
}

/// The configuration with which a container's process was started: its parent, the engine's shim, stands in the
/// directory that holds it.
fn bundle_of(process: u64, id: &str) -> Option<Value> {
    let groups = std::fs::read_to_string(format!("/proc/{process}/cgroup")).ok()?;
    if id.is_empty() || !groups.contains(id) {
        return None;
    }
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let parent: u64 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    let config = std::fs::read(format!("/proc/{parent}/cwd/config.json")).ok()?;
    serde_json::from_slice(&config).ok()
}

/// A small file of a container; empty where there is none.
fn file(api: &Api, container: &str, path: &str) -> String {
    let path = format!("/containers/{}/archive?path={}", escaped(container), escaped(path));
    let archive = api.bytes(&path).unwrap_or_default();
    first_file(&archive).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

/// The content of the first ordinary file of a tar archive.
fn first_file(archive: &[u8]) -> Option<&[u8]> {
    let mut rest = archive;
    loop {
        let (head, body) = rest.split_at_checked(512)?;
        let digits = std::str::from_utf8(head.get(124..136)?).ok()?;
        let size = u64::from_str_radix(digits.trim_matches(['\0', ' ']), 8).ok()?;
        let size = usize::try_from(size).ok()?;
        if matches!(head.get(156), Some(b'0' | 0)) {
            return body.get(..size);
        }
        rest = body.get(size.checked_next_multiple_of(512)?..)?;
    }
}

/// A name of letters, digits and these, which means no other path.
fn is_name(name: &str, beside: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.contains("..")
        && name.chars().all(|c| c.is_ascii_alphanumeric() || beside.contains(c))
}

fn labels(it: &Value) -> BTreeMap<String, String> {
    let labels = it.pointer("/Config/Labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn stopped(what: &str) -> Trouble {
    Trouble::DidNotStart(what.to_owned())
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn owned(list: Vec<&str>) -> Vec<String> {
    list.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(it: &Value, passwd: &str) -> Result<(Spec, Vec<String>), Trouble> {
        let (image, info) = (json!({"Config": {"Env": ["PATH=/bin", "MODE=fast"]}}), json!({}));
        let mut remarks = Vec::new();
        let seen = Seen { it, image: &image, info: &info, bundle: None, passwd, isolated: false };
        spec(&seen, "word", &mut remarks).map(|spec| (spec, remarks))
    }

    #[test]
    fn secrets_become_canaries_and_mounts_stand_ins() {
        let it = json!({
            "Image": "sha256:1",
            "Config": {"User": "", "Env": ["PATH=/bin", "MODE=fast", "DB_PASSWORD=x", "MODE2=y", "TZ=UTC"]},
            "HostConfig": {"Tmpfs": {"/tmp": "size=8m,exec"}},
            "Mounts": [
                {"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/var/run/docker.sock", "RW": true},
                {"Type": "bind", "Source": "/no/such/directory", "Destination": "/data", "RW": false},
                {"Type": "bind", "Source": "/no/such/file.conf", "Destination": "/etc/file.conf", "RW": true},
                {"Type": "volume", "Name": "v", "Source": "/x/v/_data", "Destination": "/v", "RW": true},
            ],
        });
        let (spec, remarks) = made(&it, "").unwrap();
        assert_eq!(spec.environment, ["PATH=/bin", "MODE=fast", "DB_PASSWORD=word", "MODE2=word", "TZ=UTC"]);
        let kinds: Vec<(&str, &MountKind, bool)> =
            spec.mounts.iter().map(|m| (m.target.as_str(), &m.kind, m.read_only)).collect();
        assert_eq!(
            kinds,
            [
                ("/data", &MountKind::Directory { of: "/no/such/directory".into(), host: true }, true),
                ("/etc/file.conf", &MountKind::File { of: "/no/such/file.conf".into(), host: true }, false),
                ("/tmp", &MountKind::Tmpfs(Some(8 << 20)), false),
                ("/v", &MountKind::Directory { of: "v".into(), host: false }, false),
                (
                    "/var/run/docker.sock",
                    &MountKind::RuntimeSocket { of: "/var/run/docker.sock".into() },
                    false
                ),
            ]
        );
        assert!(spec.mounts[2].executable && !spec.mounts[2].setuid);
        assert_eq!(spec.seccomp, Filter::EngineDefault);
        assert_eq!(remarks, Vec::<String>::new(), "whoever makes the clone may see its text");
    }

    #[test]
    fn options_of_capabilities_are_taken_together() {
        let made = |add: &[&str], drop: &[&str]| {
            let host = json!({"CapAdd": add, "CapDrop": drop});
            made(&json!({"Config": {}, "HostConfig": host}), "").unwrap().0.capabilities.bounding
        };
        assert_eq!(made(&[], &[]).len(), 14);
        assert_eq!(made(&["CAP_SYS_ADMIN"], &["ALL"]), BTreeSet::from(["SYS_ADMIN".to_owned()]));
        assert!(!made(&["ALL"], &["sys_admin"]).contains("SYS_ADMIN"));
        assert_eq!(made(&["ALL"], &["NET_RAW"]).len(), 40);
    }

    #[test]
    fn a_user_by_name_is_looked_up_and_an_unknown_one_is_said() {
        let passwd = "root:x:0:0::/:/bin/sh\nshop:x:1000:1001::/:/bin/sh\n";
        let made = |user: &str| made(&json!({"Config": {"User": user}}), passwd).map(|(spec, _)| spec);
        let ids = |user: &str| made(user).map(|spec| (spec.user.uid, spec.user.gid)).unwrap();
        assert_eq!((ids(""), ids("shop"), ids("1000")), ((0, 0), (1000, 1001), (1000, 1001)));
        assert_eq!((ids("77"), ids("77:78"), ids("shop:5")), ((77, 0), (77, 78), (1000, 5)));
        assert!(made("nobody").unwrap_err().to_string().contains("nobody"));
        assert!(made("shop").unwrap().capabilities.effective.is_empty());
    }

    #[test]
    fn rules_of_a_filter_hold_for_who_they_are_for() {
        let profile = json!({
            "defaultAction": "SCMP_ACT_ERRNO",
            "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
            "syscalls": [
                {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": null, "includes": {}, "excludes": {}},
                {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
                {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
                {"names": ["s390"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
                {"name": "old", "action": "SCMP_ACT_ALLOW"},
            ],
        });
        let names = |capabilities: &[&str]| {
            let capabilities = capabilities.iter().map(|name| (*name).to_owned()).collect();
            let profile = resolved(&profile, &capabilities).unwrap();
            assert_eq!(profile.architectures.len(), 2);
            profile.syscalls.into_iter().flat_map(|rule| rule.names).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["read", "clone", "old"]);
        assert_eq!(names(&["SYS_ADMIN"]), ["read", "mount", "old"]);
    }

    #[test]
    fn an_archive_that_is_cut_or_nonsense_gives_nothing() {
        assert_eq!(first_file(&[]), None);
        assert_eq!(first_file(&[0; 512]), None);
        assert_eq!(first_file(&[0xff; 4096]), None);
    }
}

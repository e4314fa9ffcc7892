//! Processes of an engine on this machine: dockerd's own, and those of its containers.

use super::{elements, optional};
use crate::unix;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tyrian_model::fact::{Gap, Why};
use tyrian_read::engine::{failure, guarded_paths};

/// The namespaces of the machine itself, whose numbers the kernel fixes.
const INITIAL: [(&str, &str); 5] = [
    ("pid", "pid:[4026531836]"),
    ("ipc", "ipc:[4026531839]"),
    ("uts", "uts:[4026531838]"),
    ("user", "user:[4026531837]"),
    ("cgroup", "cgroup:[4026531835]"),
];
const NAMESPACES: [&str; 6] = ["pid", "net", "ipc", "uts", "user", "cgroup"];

/// dockerd, as far as it is seen from here.
pub(super) struct Daemon {
    /// Its arguments with its name first, or why they are not known.
    pub(super) command_line: Value,
    pid: Option<u32>,
}

/// The dockerd behind a socket: who listens there, or whose process id stands in its file.
pub(super) fn daemon(socket: &Path, within: Duration) -> Daemon {
    let files = ["/run/docker.pid".into(), socket.with_extension("pid")];
    let from_file = |path: &PathBuf| text(path, 32).ok()?.trim().parse().ok();
    let seen: Vec<u32> =
        listener(socket, within).into_iter().chain(files.iter().filter_map(from_file)).collect();
    for pid in seen {
        let Some(arguments) = arguments(pid) else { continue };
        // systemd may listen in dockerd's place, and another engine speaks the same API.
        let program = arguments.first().and_then(|name| name.rsplit('/').next());
        if program == Some("dockerd") {
            let listed = arguments.into_iter().map(Value::String).collect();
            return Daemon { command_line: Value::Array(listed), pid: Some(pid) };
        }
    }
    let what = format!("no dockerd is seen behind {}, so its command line is not known", socket.display());
    Daemon { command_line: failure(&Gap::new(Why::NotRead, what)), pid: None }
}

/// The process that listens at a socket.
fn listener(socket: &Path, within: Duration) -> Option<u32> {
    // In a process id namespace of our own the listener may have no number, which rustix does not expect.
    if !is_initial("pid") {
        return None;
    }
    let stream = unix::connected(socket, Some(within)).ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?;
    u32::try_from(peer.pid.as_raw_nonzero().get()).ok()
}

fn is_initial(namespace: &str) -> bool {
    let own = link(&format!("/proc/self/ns/{namespace}")).ok();
    own.is_some_and(|own| INITIAL.contains(&(namespace, own.as_str())))
}

fn arguments(pid: u32) -> Option<Vec<String>> {
    let line = text(Path::new(&format!("/proc/{pid}/cmdline")), 1 << 20).ok()?;
    let line = line.strip_suffix('\0').unwrap_or(&line);
    Some(line.split('\0').map(str::to_owned).collect())
}

impl Daemon {
    /// daemon.json as it stands now; null where there is none.
    pub(super) fn file(&self, socket: &Path) -> Value {
        let arguments: Vec<&str> = elements(&self.command_line).filter_map(Value::as_str).collect();
        let given = arguments.iter().enumerate().find_map(|(index, argument)| {
            let rest = argument.strip_prefix("--config-file")?;
            rest.strip_prefix('=').or_else(|| arguments.get(index + 1).copied().filter(|_| rest.is_empty()))
        });
        let usual = ["/var/run/docker.sock", "/run/docker.sock"].map(Path::new);
        let path = match given {
            Some(path) => path,
            None if self.pid.is_some() || usual.contains(&socket) => "/etc/docker/daemon.json",
            None => {
                let what = format!("which daemon.json the engine at {} reads is not known", socket.display());
                return failure(&Gap::new(Why::NotRead, what));
            }
        };
        if !path.starts_with('/') {
            return failure(&Gap::new(
                Why::NotRead,
                format!("{path}: where the engine finds it is not known"),
            ));
        }
        // The file that dockerd sees, where it may have a root of its own.
        let inside = self.pid.map(|pid| PathBuf::from(format!("/proc/{pid}/root{path}")));
        let read = match inside.as_deref().map(optional) {
            Some(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => optional(Path::new(path)),
            Some(read) => read,
            None => optional(Path::new(path)),
        };
        match read {
            Ok(None) => Value::Null,
            Ok(Some(text)) => serde_json::from_str(&text).unwrap_or_else(|error| {
                failure(&Gap::new(
                    Why::Malformed,
                    format!("{path}: not JSON, so dockerd would not start: {error}"),
                ))
            }),
            Err(error) => refused(path, &error),
        }
    }

    /// The addresses of a member of a swarm, which only dockerd's own state has: not what else stands there.
    pub(super) fn swarm_state(&self, info: &Value) -> Value {
        let root = info.get("DockerRootDir").and_then(Value::as_str).unwrap_or_default();
        let path = format!("{}/swarm/docker-state.json", root.trim_end_matches('/'));
        if self.pid.is_none() || !path.starts_with('/') {
            let what = format!("{path}: no dockerd is seen here, so its state is not read");
            return failure(&Gap::new(Why::NotRead, what));
        }
        match optional(Path::new(&path)) {
            Ok(None) => failure(&Gap::new(Why::NotRead, format!("{path} is not there"))),
            Ok(Some(text)) => match serde_json::from_str::<Map<String, Value>>(&text) {
                Ok(mut state) => {
                    state.retain(|key, _| {
                        ["ListenAddr", "AdvertiseAddr", "DataPathAddr"].contains(&key.as_str())
                    });
                    Value::Object(state)
                }
                Err(error) => failure(&Gap::new(Why::Malformed, format!("{path}: not JSON: {error}"))),
            },
            Err(error) => refused(&path, &error),
        }
    }

    /// The namespaces that the engine calls the host's: its own, and where they cannot be seen those of the machine.
    fn namespaces(&self) -> Value {
        let of = |name: &str| {
            if name == "user" {
                return Some("user:[4026531837]".to_owned());
            }
            let of_daemon = self.pid.and_then(|pid| link(&format!("/proc/{pid}/ns/{name}")).ok());
            let of_first = || link(&format!("/proc/1/ns/{name}")).ok().filter(|_| is_initial("pid"));
            let fixed = || INITIAL.iter().find(|(kind, _)| *kind == name).map(|(_, link)| (*link).to_owned());
            of_daemon.or_else(of_first).or_else(fixed)
        };
        let missing = |name: &str| {
            let what = format!(
                "which {name} namespace is the host's is not seen from here: run as root on the host"
            );
            failure(&Gap::new(Why::Denied, what))
        };
        let seen =
            NAMESPACES.map(|name| (name.to_owned(), of(name).map_or_else(|| missing(name), Value::String)));
        Value::Object(seen.into_iter().collect())
    }
}

/// What /proc and the control groups say of each running container, by its id. A process that is not seen, or that is
/// not in that container, is left out with a remark.
pub(super) fn all(containers: &Value, daemon: &Daemon, remarks: &mut Vec<Gap>) -> Value {
    let host = daemon.namespaces();
    let there = guarded_paths().filter(|path| fs::symlink_metadata(path).is_ok());
    let paths = Value::Array(there.map(Value::from).collect());
    let own_mounts = own_mounts();
    let mut seen = Map::new();
    let mut unseen = 0;
    for container in elements(containers) {
        let id = container.get("Id").and_then(Value::as_str).unwrap_or_default();
        let pid = container.pointer("/State/Pid").and_then(Value::as_u64).unwrap_or(0);
        if pid == 0 || id.len() < 12 || !container.pointer("/State/Running").is_some_and(|it| it == true) {
            continue;
        }
        let mut parts = of_process(pid, &own_mounts);
        // The number may have gone to another process, before or while it was read; or it counts in another machine.
        if !parts.contains_key("status") || !belongs(pid, id) {
            unseen += 1;
            continue;
        }
        parts.insert("host_ns".into(), host.clone());
        parts.insert("paths".into(), paths.clone());
        seen.insert(id.to_owned(), Value::Object(parts));
    }
    if unseen > 0 {
        let what = format!(
            "{unseen} running containers have no process that is seen here, so only what is declared of them is \
             judged: run on the engine's own machine and not in a container"
        );
        remarks.push(Gap::new(Why::NotRead, what));
    }
    Value::Object(seen)
}

/// What is mounted where this program runs; empty where that is not seen.
pub(super) fn own_mounts() -> String {
    text(Path::new("/proc/self/mountinfo"), 4 << 20).unwrap_or_default()
}

fn of_process(pid: u64, own_mounts: &str) -> Map<String, Value> {
    let mut parts = Map::new();
    let at = |name: &str| format!("/proc/{pid}/{name}");
    for (part, file) in [("status", "status"), ("uid_map", "uid_map"), ("mountinfo", "mountinfo")] {
        match text(Path::new(&at(file)), 4 << 20) {
            Ok(text) => parts.insert(part.into(), text.into()),
            Err(error) if part == "status" && error.kind() != io::ErrorKind::PermissionDenied => None,
            Err(error) => parts.insert(part.into(), refused(&at(file), &error)),
        };
    }
    // A kernel without a security module that labels processes has the file, and refuses to read it.
    let label = match text(Path::new(&at("attr/current")), 64 << 10) {
        Ok(text) => text.into(),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => "".into(),
        Err(error) => refused(&at("attr/current"), &error),
    };
    parts.insert("attr".into(), label);
    let namespace = |name: &str| {
        let path = at(&format!("ns/{name}"));
        (name.to_owned(), link(&path).map_or_else(|error| refused(&path, &error), Value::String))
    };
    parts.insert("ns".into(), Value::Object(NAMESPACES.map(namespace).into_iter().collect()));
    let groups = text(Path::new(&at("cgroup")), 64 << 10).unwrap_or_default();
    parts.insert("limits".into(), limits(&groups, own_mounts));
    parts
}

/// Is the process in that container? Its control group has the container's id, or its files of the engine do.
fn belongs(pid: u64, id: &str) -> bool {
    let file = |name: &str| text(Path::new(&format!("/proc/{pid}/{name}")), 4 << 20).unwrap_or_default();
    let own = format!("/{id}/hostname");
    file("cgroup").contains(id) || file("mountinfo").split(' ').any(|field| field.ends_with(&own))
}

/// The limits of a control group: the files of version 1 by controller, and those of version 2.
fn limits(groups: &str, own_mounts: &str) -> Value {
    let mut found = Map::new();
    for group in groups.lines() {
        let mut parts = group.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let files: &[&str] = match controllers {
            "" => &["memory.max", "pids.max", "cpu.max"],
            _ if controllers.split(',').any(|it| it == "memory") => &["memory.limit_in_bytes"],
            _ if controllers.split(',').any(|it| it == "pids") => &["pids.max"],
            _ if controllers.split(',').any(|it| it == "cpu") => &["cpu.cfs_quota_us", "cpu.cfs_period_us"],
            _ => continue,
        };
        let Some(folder) = group_folder(controllers, path, own_mounts) else { continue };
        for name in files {
            if let Ok(text) = text(&folder.join(name), 4096) {
                found.insert((*name).to_owned(), text.trim().into());
            }
        }
    }
    Value::Object(found)
}

/// Where the files of a control group are: below a mount of its tree.
fn group_folder(controllers: &str, path: &str, own_mounts: &str) -> Option<PathBuf> {
    own_mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut fields = left.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let mut fields = right.split(' ');
        let (kind, options) = (fields.next()?, fields.nth(1)?);
        let fits = if controllers.is_empty() {
            kind == "cgroup2"
        } else {
            kind == "cgroup"
                && controllers.split(',').all(|name| options.split(',').any(|option| option == name))
        };
        let below = path.strip_prefix(root.trim_end_matches('/')).filter(|_| fits)?;
        // A path that goes up is one outside of what is mounted here.
        let below = below.trim_start_matches('/');
        (!below.split('/').any(|part| part == "..")).then(|| Path::new(point).join(below))
    })
}

fn refused(path: &str, error: &io::Error) -> Value {
    let denied = error.kind() == io::ErrorKind::PermissionDenied;
    let why = if denied { Why::Denied } else { Why::NotRead };
    let advice = if denied { ": run as root" } else { "" };
    failure(&Gap::new(why, format!("{path}: {error}{advice}")))
}

fn link(path: &str) -> io::Result<String> {
    Ok(fs::read_link(path)?.to_string_lossy().into_owned())
}

/// A file's text, at most `limit` bytes of it; a longer one is an error. What is no UTF-8 is replaced.
pub(super) fn text(path: &Path, limit: u64) -> io::Result<String> {
    // A pipe in the place of a file would let us wait for ever.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(nonblock).open(path)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("larger than {limit} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

//! The tightest settings with which a workload still lives, found by trying them on it.
//!
//! Every change is tried on a workload of the same image, command and read-only files, with fresh data; it is kept
//! when that starts, serves, reloads and stops. What is taken away at once where nothing misses it is taken away
//! piece by piece where something does.

pub mod write;

use crate::clone::Trouble;
use crate::clone::docker::Docker;
use crate::clone::docker::workload::{Seen, Trial};
use crate::seccomp;
use crate::setting::is_hosts;
use crate::spec::{
    Argument, Capabilities, Devices, Filter, Mount, MountKind, Namespace, Network, Profile, Rule, Spec, User,
};
use crate::target::workload::{MASKED, READ_ONLY};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tyrian_model::host_path::plain as plain_path;

/// What runs before the workload's own program when the filter is in force already: the runtime's last steps between
/// `no_new_privs` and `execve`, and what every dynamic loader does. With fewer no container starts at all.
const OF_THE_RUNTIME: [&str; 42] = [
    "arch_prctl",
    "brk",
    "capget",
    "capset",
    "chdir",
    "clock_gettime",
    "close",
    "epoll_ctl",
    "epoll_pwait",
    "execve",
    "exit",
    "exit_group",
    "faccessat2",
    "fchown",
    "fcntl",
    "fstat",
    "fstatfs",
    "futex",
    "getdents64",
    "getpid",
    "getppid",
    "getuid",
    "lstat",
    "mmap",
    "mprotect",
    "munmap",
    "nanosleep",
    "newfstatat",
    "openat",
    "openat2",
    "prctl",
    "read",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "set_tid_address",
    "setgid",
    "setgroups",
    "setuid",
    "sigaltstack",
    "tgkill",
    "write",
];
/// What processes are told to do from outside, and how they wait when nobody asks: no trace of a check sees it.
const OF_SIGNALS: [&str; 5] = ["clock_nanosleep", "kill", "pause", "restart_syscall", "rt_sigtimedwait"];

/// What small programs need that are run in a container from outside, as by a health check: no trace sees them.
const OF_COMMANDS: [&str; 54] = [
    "access",
    "bind",
    "clone",
    "close_range",
    "connect",
    "dup",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_wait",
    "eventfd2",
    "faccessat",
    "fchdir",
    "getcwd",
    "getegid",
    "geteuid",
    "getgid",
    "getpeername",
    "getpgrp",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getsockname",
    "getsockopt",
    "ioctl",
    "lseek",
    "madvise",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "pread64",
    "prlimit64",
    "pselect6",
    "readlink",
    "readv",
    "recvfrom",
    "recvmsg",
    "rseq",
    "select",
    "sendmmsg",
    "sendto",
    "set_robust_list",
    "setsockopt",
    "socket",
    "stat",
    "statx",
    "sysinfo",
    "umask",
    "uname",
    "vfork",
    "wait4",
    "writev",
];

/// How long what a workload needs may take to be ready.
const READY: Duration = Duration::from_secs(60);

/// Directories that are a system's own, which no workload is given for its work.
const SYSTEM: [&str; 16] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/proc", "/root", "/run", "/sbin", "/sys", "/usr",
    "/var", "/var/lib", "/var/log",
];

/// A change that was tried.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tried {
    /// What was changed, in words.
    pub change: String,
    /// Why it could not be kept; nothing: it was.
    pub refused: Option<String>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Hardened {
    /// The settings that the workload lives with.
    pub spec: Spec,
    /// What was tried, in order.
    pub tried: Vec<Tried>,
    /// How often the workload was run.
    pub runs: usize,
}

/// Why a workload cannot be hardened.
#[derive(Debug)]
pub enum Failed {
    /// It does not live even with the settings that it has.
    Sick(String),
    /// The engine.
    Trouble(Trouble),
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Failed {
        Failed::Trouble(trouble)
    }
}

/// Runs the workload with settings; `traced` asks for its system calls as well.
type Live<'l> = dyn FnMut(&Spec, bool) -> Result<Result<Seen, String>, Trouble> + 'l;

/// Finds the tightest settings of a container of the engine.
///
/// # Errors
/// It does not live with the settings that it has, or the engine fails.
pub fn harden(
    docker: &Docker,
    inspected: &Value,
    spec: &Spec,
    trial: &Trial,
    progress: &dyn Fn(&str),
) -> Result<Hardened, Failed> {
    let mut trial = trial.clone();
    if trial.waits {
        progress("waiting for what it needs");
        let until = Instant::now() + READY;
        // Some end at once while what they need is not ready.
        while let Err(why) = docker.lives(inspected, spec, &trial, false)? {
            if Instant::now() > until {
                return Err(Failed::Sick(why));
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
    let mut live = |spec: &Spec, traced: bool| {
        let lived = docker.lives(inspected, spec, &trial, traced)?;
        if let (Ok(seen), None) = (&lived, trial.patience) {
            // Where it takes far longer than as it is, it does not live; what does not stop as it is need not stop with
            // other settings; and what is to be seen of it has been seen.
            trial.patience = Some((seen.took * 2).max(seen.took + Duration::from_secs(4)));
            trial.never_stops = seen.never_stops;
            trial.seen = true;
        }
        Ok(lived)
    };
    search(spec, &mut live, progress)
}

/// The search, with whoever runs the workload.
fn search(spec: &Spec, live: &mut Live, progress: &dyn Fn(&str)) -> Result<Hardened, Failed> {
    progress("running the workload as it is");
    let seen = live(spec, false)?.map_err(Failed::Sick)?;
    let mut search = Search { spec: spec.clone(), tried: Vec::new(), runs: 1, live, progress };
    search.plain(&seen)?;
    search.system_directories()?;
    search.read_only_root(&seen)?;
    // Whoever is not root needs no capabilities, and nothing gives it any.
    search.user(&seen, true)?;
    search.capabilities()?;
    if !search.spec.no_new_privileges {
        search.user(&seen, false)?;
    }
    search.filter()?;
    Ok(Hardened { spec: search.spec, tried: search.tried, runs: search.runs })
}

/// A change, in words and as it is made.
type Change = (String, Box<dyn Fn(&mut Spec)>);

/// Changes that hardly any workload misses: they are tried together, and one by one where something misses one.
fn plain(spec: &Spec, seen: &Seen) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut change = |what: &str, tighten: Box<dyn Fn(&mut Spec)>| changes.push((what.to_owned(), tighten));
    change("no more rights by setuid programs", Box::new(|spec| spec.no_new_privileges = true));
    change(
        "a process namespace of its own",
        Box::new(|spec| {
            spec.namespaces.insert(Namespace::Pid);
        }),
    );
    change(
        "namespaces of IPC and control groups of its own",
        Box::new(|spec| spec.namespaces.extend([Namespace::Ipc, Namespace::Cgroup])),
    );
    change(
        "a network of its own",
        Box::new(|spec| {
            if spec.network == Network::Neighbour {
                spec.network = Network::Lab;
            }
        }),
    );
    change(
        "the runtime's masks over /proc and /sys",
        Box::new(|spec| {
            let missing = |paths: &[String], all: &[&str]| -> Vec<String> {
                let lacks = |path: &&&str| !paths.iter().any(|known| known == **path);
                all.iter().filter(lacks).map(|path| (*path).to_owned()).collect()
            };
            spec.masked_paths.extend(missing(&spec.masked_paths, &MASKED));
            spec.read_only_paths.extend(missing(&spec.read_only_paths, &READ_ONLY));
            spec.read_only_sys = true;
        }),
    );
    change("no devices but the ordinary ones", Box::new(|spec| spec.devices = Devices::default()));
    // Things of the host: the socket of a runtime goes, directories become read-only.
    for mount in &spec.mounts {
        let target = mount.target.clone();
        match mount.kind {
            MountKind::RuntimeSocket { .. } => change(
                &format!("without the runtime's socket {target}"),
                Box::new(move |spec| spec.mounts.retain(|mount| mount.target != target)),
            ),
            _ if is_hosts(mount) => change(
                &format!("{target} of the host read-only"),
                Box::new(move |spec| {
                    let found = spec.mounts.iter_mut().filter(|mount| mount.target == target);
                    found.for_each(|mount| mount.read_only = true);
                }),
            ),
            _ => {}
        }
    }
    // Limits have room above what it was seen to use.
    let pids = (seen.pids * 4).max(32);
    let memory = (seen.memory * 2).max(64 << 20).next_multiple_of(16 << 20);
    change(
        &format!("at most {pids} processes and {} MiB of memory", memory >> 20),
        Box::new(move |spec| {
            spec.limits.pids.get_or_insert(pids);
            spec.limits.memory.get_or_insert(memory);
        }),
    );
    change(
        "the runtime's own seccomp profile",
        Box::new(|spec| {
            if spec.seccomp == Filter::Unconfined {
                spec.seccomp = Filter::EngineDefault;
            }
        }),
    );
    changes
}

/// A search that goes on.
struct Search<'s> {
    spec: Spec,
    tried: Vec<Tried>,
    runs: usize,
    live: &'s mut Live<'s>,
    progress: &'s dyn Fn(&str),
}

impl Search<'_> {
    /// Tries a change, and keeps it if the workload lives with it. One that changes nothing is not tried.
    fn keep(&mut self, change: &str, tighten: impl FnOnce(&mut Spec)) -> Result<bool, Trouble> {
        let mut tighter = self.spec.clone();
        tighten(&mut tighter);
        if tighter == self.spec {
            return Ok(true);
        }
        (self.progress)(&format!("trying: {change}"));
        self.runs += 1;
        let refused = (self.live)(&tighter, false)?.err();
        let kept = refused.is_none();
        self.tried.push(Tried { change: change.to_owned(), refused });
        if kept {
            self.spec = tighter;
        }
        Ok(kept)
    }

    /// What hardly anything misses, together; where something does, one by one.
    fn plain(&mut self, seen: &Seen) -> Result<(), Trouble> {
        let mut tighter = self.spec.clone();
        let mut changes = plain(&self.spec, seen);
        changes.retain(|(_, tighten)| {
            let before = tighter.clone();
            tighten(&mut tighter);
            tighter != before
        });
        if changes.len() > 1 {
            (self.progress)(&format!("trying {} changes at once", changes.len()));
            self.runs += 1;
            if (self.live)(&tighter, false)?.is_ok() {
                let kept = |(change, _): Change| Tried { change, refused: None };
                self.tried.extend(changes.into_iter().map(kept));
                self.spec = tighter;
                return Ok(());
            }
        }
        for (change, tighten) in changes {
            self.keep(&change, tighten)?;
        }
        Ok(())
    }

    /// Whole directories of the host's system go where nothing misses them.
    fn system_directories(&mut self) -> Result<(), Trouble> {
        for mount in self.spec.mounts.clone() {
            if let MountKind::Directory { of, host: true } = &mount.kind
                && SYSTEM.contains(&plain_path(of).as_str())
            {
                let target = mount.target.clone();
                self.keep(&format!("without {of} of the host at {target}"), |spec| {
                    spec.mounts.retain(|mount| mount.target != target);
                })?;
            }
        }
        Ok(())
    }

    /// No capabilities at all; where that is too few, those that are missed.
    fn capabilities(&mut self) -> Result<(), Trouble> {
        let had = self.spec.capabilities.bounding.clone();
        if had.is_empty() {
            return Ok(());
        }
        let give = |names: &BTreeSet<String>, spec: &mut Spec| {
            spec.capabilities =
                if spec.user.uid == 0 { Capabilities::of_root(names) } else { Capabilities::of_user(names) };
        };
        if self.keep("no capabilities", |spec| give(&BTreeSet::new(), spec))? {
            return Ok(());
        }
        // What many servers need to become another user is the likely rest.
        let usual =
            ["CHOWN", "DAC_OVERRIDE", "FOWNER", "NET_BIND_SERVICE", "SETGID", "SETUID"].map(str::to_owned);
        let usual: BTreeSet<String> = usual.into_iter().filter(|name| had.contains(name)).collect();
        self.keep(&format!("only the capabilities {}", list(&usual)), |spec| give(&usual, spec))?;
        for name in self.spec.capabilities.bounding.clone() {
            let mut fewer = self.spec.capabilities.bounding.clone();
            fewer.remove(&name);
            self.keep(&format!("without the capability {name}"), |spec| give(&fewer, spec))?;
        }
        Ok(())
    }

    /// A read-only root, with memory where the workload was seen to write.
    fn read_only_root(&mut self, seen: &Seen) -> Result<(), Trouble> {
        if self.spec.read_only_root {
            return Ok(());
        }
        let mounted: Vec<String> = self.spec.mounts.iter().map(|mount| mount.target.clone()).collect();
        let wrote = written(&seen.changed, &mounted);
        let usual: BTreeSet<String> = wrote.iter().filter(|path| is_usual(path)).cloned().collect();
        for directories in [usual, wrote] {
            let change = format!("a read-only root, with memory at {}", list(&directories));
            let kept = self.keep(&change, |spec| {
                spec.read_only_root = true;
                spec.mounts.extend(directories.iter().map(|path| memory(path)));
            })?;
            if kept {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Another user than root: one that it becomes by itself, or nobody; with no capabilities, or those it has.
    fn user(&mut self, seen: &Seen, bare: bool) -> Result<(), Trouble> {
        if self.spec.user.uid != 0 {
            return Ok(());
        }
        let own = seen.users.iter().filter(|(uid, _)| *uid != 0).copied();
        for (uid, gid) in own.chain([(65534, 65534)]) {
            let without = if bare { ", without capabilities" } else { "" };
            let kept = self.keep(&format!("the user {uid}:{gid}{without}"), |spec| {
                let none = BTreeSet::new();
                let bound = if bare { &none } else { &spec.capabilities.bounding };
                spec.capabilities = Capabilities::of_user(bound);
                spec.user = User { uid, gid, groups: Vec::new() };
            })?;
            if kept {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A filter of the calls that it was seen to make.
    fn filter(&mut self) -> Result<(), Trouble> {
        (self.progress)("watching which system calls it makes");
        self.runs += 1;
        match (self.live)(&self.spec, true)? {
            Ok(seen) if !seen.calls.is_empty() => {
                let all = "it, the runtime and commands run in it make";
                let open = format!("{all}, new namespaces among them");
                let mut tries =
                    vec![(&[][..], true, "it and the runtime make"), (&OF_COMMANDS[..], true, all)];
                // The runtime's own profile lets no namespaces be made either: one that does is better than none alone.
                if self.spec.seccomp == Filter::Unconfined {
                    tries.push((&OF_COMMANDS[..], false, &open));
                }
                for (more, strict, whose) in tries {
                    let profile = profile(&seen.calls, more, strict);
                    let allowed = profile.syscalls.iter().filter(|rule| rule.action == "SCMP_ACT_ALLOW");
                    let count = allowed.map(|rule| rule.names.len()).sum::<usize>();
                    let change = format!("a seccomp profile of the {count} system calls that {whose}");
                    if self.keep(&change, |spec| spec.seccomp = Filter::Profile(profile))? {
                        break;
                    }
                }
            }
            Ok(_) => {}
            Err(why) => {
                let change = "a seccomp profile of its own system calls".to_owned();
                self.tried.push(Tried { change, refused: Some(format!("it could not be watched: {why}")) });
            }
        }
        Ok(())
    }
}

/// Flags of `clone` that ask for new namespaces.
const NEW_NAMESPACES: u64 = 0x7e02_0000;

/// The filter that lets through these calls, these others, and what the runtime itself makes. A strict one lets no new
/// namespaces be made: `clone3`, whose flags no filter sees, is not there for it.
fn profile(calls: &BTreeSet<u32>, more: &[&'static str], strict: bool) -> Profile {
    let own = calls.iter().filter_map(|number| seccomp::name(*number));
    let mut names: BTreeSet<&str> =
        own.chain(OF_THE_RUNTIME).chain(OF_SIGNALS).chain(more.iter().copied()).collect();
    names.retain(|name| !name.is_empty());
    let clones = names.contains("clone") || names.contains("clone3");
    if strict {
        names.retain(|name| !["clone", "clone3", "unshare", "setns"].contains(name));
    }
    let allow = |names: Vec<String>, args: Vec<Argument>| Rule {
        names,
        action: "SCMP_ACT_ALLOW".into(),
        errno_ret: None,
        args,
    };
    let mut syscalls = vec![allow(names.iter().map(|name| (*name).to_owned()).collect(), Vec::new())];
    if strict && clones {
        let none_of =
            Argument { index: 0, value: NEW_NAMESPACES, value_two: 0, op: "SCMP_CMP_MASKED_EQ".into() };
        syscalls.push(allow(vec!["clone".into()], vec![none_of]));
    }
    // A C library that is told that clone3 is not there takes clone; told that it may not, it gives up.
    if !names.contains("clone3") {
        syscalls.push(Rule {
            names: vec!["clone3".into()],
            action: "SCMP_ACT_ERRNO".into(),
            errno_ret: Some(38),
            args: Vec::new(),
        });
    }
    Profile {
        default_action: "SCMP_ACT_ERRNO".into(),
        architectures: vec![seccomp::architecture().to_owned()],
        syscalls,
        ..Profile::default()
    }
}

/// The directories in which something was written: those above the deepest changes that no mount covers.
fn written(changed: &[String], mounted: &[String]) -> BTreeSet<String> {
    let below = |path: &str, top: &str| path == top || path.starts_with(&format!("{top}/"));
    let own = |path: &&String| {
        !["/dev", "/proc", "/sys", "/.tyrian"].iter().any(|top| below(path, top))
            && !mounted.iter().any(|top| below(path, top) || below(top, path))
    };
    let deepest = |path: &&String| !changed.iter().any(|other| other != *path && below(other, path));
    let mut directories = BTreeSet::new();
    for path in changed.iter().filter(own).filter(deepest) {
        let top = ["/tmp", "/run", "/var/run", "/var/tmp"].into_iter().find(|top| below(path, top));
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        match top {
            // Most images have /var/run as a link to /run.
            Some("/var/run") => directories.insert("/run".to_owned()),
            Some(top) => directories.insert(top.to_owned()),
            None if parent.is_empty() => false,
            None => directories.insert(parent.to_owned()),
        };
    }
    let all = directories.clone();
    directories.retain(|path| !all.iter().any(|other| other != path && below(path, other)));
    directories
}

/// Places that hold nothing of the image's own that a workload needs.
fn is_usual(path: &str) -> bool {
    ["/tmp", "/run", "/var/cache/", "/var/log/", "/var/tmp", "/var/lib/"]
        .iter()
        .any(|top| path.starts_with(top.trim_end_matches('/')))
}

fn memory(path: &str) -> Mount {
    Mount {
        kind: MountKind::Tmpfs(None),
        target: path.to_owned(),
        read_only: false,
        executable: false,
        setuid: false,
    }
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() { "nothing".into() } else { names.iter().cloned().collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests;

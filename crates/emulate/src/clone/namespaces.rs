//! Clones by namespaces: the probe itself builds them, where neither an engine nor a runtime is there.

use super::cgroup::{Groups, Held};
use super::local::{
    Base, SOCKET, Stage, ask, cannot, die_with_parent, directory, fill, mount, room, stand_in, start,
    sysctls, trouble,
};
use super::{Job, Neighbour, PROBE_DIRECTORY, Trouble, local};
use crate::call::{HERE, call, child, close, exec, prctl, result, write};
use crate::neighbour::READY;
use crate::netlink;
use crate::program::{Arg, Memory, Program, Step};
use crate::seccomp;
use crate::spec::{Filter, MountKind, Namespace, Network, Spec};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tyrian_model::workload::CAPABILITIES;

/// The driver. Everything that it made is gone when it is dropped.
#[derive(Debug)]
pub struct Namespaces {
    mark: String,
    number: AtomicU16,
    // The neighbour ends before what it uses is removed.
    neighbour: Option<Beside>,
    base: Option<Box<Base>>,
}

/// The neighbour, held by a thread of its own: it dies with the thread that started it.
#[derive(Debug)]
struct Beside {
    process: u32,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends with the neighbour.
            let _ = thread.join();
        }
    }
}

impl Namespaces {
    /// A driver for the run of that mark.
    pub fn new(mark: &str) -> Namespaces {
        Namespaces { mark: mark.to_owned(), number: AtomicU16::new(0), neighbour: None, base: None }
    }

    pub(super) fn start_neighbour(&mut self, job: &Job) -> Result<Neighbour, Trouble> {
        let base = self.base.insert(Box::new(Base::new(&self.mark, job)?));
        let program = stage(job, None, 0, &base.groups)?;
        let held = base.groups.hold(&job.name, &job.spec)?;
        let (path, canary, copy) = (base.home.path.clone(), base.canary.clone(), job.clone());
        let (ready, told) = channel::<Result<u32, Trouble>>();
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let begin = || -> Result<Stage, Trouble> {
                let mut stage = start(&path, &copy.name, &program)?;
                build(&mut stage, &held, &copy, &canary)?;
                stage.line(READY, SOON)?;
                Ok::<_, Trouble>(stage)
            };
            match begin() {
                Ok(stage) => {
                    if ready.send(Ok(stage.id())).is_ok() {
                        let _ = stopped.recv_timeout(copy.limit);
                    }
                }
                // Whoever asked is gone if it cannot be told.
                Err(trouble) => drop(ready.send(Err(trouble))),
            }
        });
        let process = told.recv().map_err(|_| trouble("the neighbour did not start"))??;
        self.neighbour = Some(Beside { process, stop: Some(stop), thread: Some(thread) });
        Ok(Neighbour { process: Some(process), address: netlink::NEIGHBOUR })
    }

    pub(super) fn run(&self, job: &Job) -> Result<Vec<u8>, Trouble> {
        let (Some(base), Some(neighbour)) = (&self.base, &self.neighbour) else {
            return Err(trouble("its neighbour was not started"));
        };
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let program = stage(job, Some(neighbour.process), number, &base.groups)?;
        // Declared first, so that its processes end before its groups are removed.
        let held = base.groups.hold(&job.name, &job.spec)?;
        let mut stage = start(&base.home.path, &job.name, &program)?;
        build(&mut stage, &held, job, &base.canary)?;
        stage.end(job.limit)
    }
}

/// How long the neighbour may take to be ready.
const SOON: Duration = Duration::from_secs(10);

/// Goes with a program through the places where it asks.
fn build(stage: &mut Stage, held: &Held, job: &Job, canary: &str) -> Result<(), Trouble> {
    stage.asked()?;
    held.take(stage.id())?;
    stage.go()?;
    stage.asked()?;
    fill(&PathBuf::from(format!("/proc/{}/cwd/box", stage.id())), job, canary)?;
    stage.go()
}

/// The program of a stage: everything up to the probe in the clone. `neighbour` is the neighbour's own stage, and
/// `number` tells the clone from others.
fn stage(job: &Job, neighbour: Option<u32>, number: u16, groups: &Groups) -> Result<Program, Trouble> {
    let spec = &job.spec;
    if let Some(trouble) = cannot(spec) {
        return Err(trouble);
    }
    let filter = filter(&spec.seccomp)?;
    // A directory that others have no part in, until it is made so.
    let mut steps = vec![die_with_parent(), call("umask", libc::SYS_umask, vec![0.into()])];
    steps.extend(ask());
    steps.extend(groups.devices(&job.name, spec).unwrap_or_default());
    steps.extend(namespaces(spec, neighbour));
    steps.extend(match (spec.network, neighbour) {
        (Network::Neighbour, _) => Vec::new(),
        (Network::None, _) => netlink::none(),
        (Network::Isolated, _) => netlink::isolated(number),
        (Network::Lab, None) => netlink::bridge(),
        (Network::Lab, Some(neighbour)) => netlink::joined(neighbour, number),
    });
    steps.extend(room(&spec.image)?);
    for (number, mount_) in spec.mounts.iter().enumerate() {
        if matches!(mount_.kind, MountKind::RuntimeSocket { .. }) {
            steps.push(mount(
                &format!("../{SOCKET}"),
                &format!("box/{}", stand_in(number)),
                "none",
                libc::MS_BIND,
                "",
            ));
        }
    }
    steps.extend(turn());
    let mut inside = vec![die_with_parent()];
    inside.extend(attach());
    inside.extend(devices());
    inside.extend(system(spec, groups));
    inside.extend(mounts(spec)?);
    inside.extend(processes());
    inside.extend(settings(spec, &job.name));
    inside.extend(hidden(spec));
    inside.extend(become_it(job, filter, neighbour.is_none()));
    steps.push(child(inside).named("clone"));
    let wait = vec![result("clone"), 0.into(), libc::__WALL.into(), 0.into()];
    steps.push(call("wait4", libc::SYS_wait4, wait));
    let mut shared = local::memory();
    shared.extend(netlink::memory());
    Ok(Program { shared, steps })
}

/// The filter of a clone, compiled.
fn filter(filter: &Filter) -> Result<Option<(Memory, u64)>, Trouble> {
    match filter {
        Filter::Unconfined => Ok(None),
        Filter::EngineDefault => Err(Trouble::CannotReproduce("the engine's own system call filter".into())),
        Filter::Profile(profile) => {
            let program = seccomp::compile(profile).map_err(Trouble::CannotReproduce)?;
            let log = profile.flags.iter().any(|flag| flag == "SECCOMP_FILTER_FLAG_LOG");
            let flags = if log { libc::SECCOMP_FILTER_FLAG_LOG } else { 0 };
            #[allow(clippy::useless_conversion)] // c_ulong is shorter elsewhere
            Ok(Some((seccomp::memory(&program), u64::from(flags))))
        }
    }
}

/// Enters the neighbour's namespaces where the clone has none of its own, and makes the others.
fn namespaces(spec: &Spec, neighbour: Option<u32>) -> Vec<Step> {
    let kinds = [
        (Namespace::Ipc, libc::CLONE_NEWIPC, "ipc"),
        (Namespace::Uts, libc::CLONE_NEWUTS, "uts"),
        (Namespace::Cgroup, libc::CLONE_NEWCGROUP, "cgroup"),
        (Namespace::Network, libc::CLONE_NEWNET, "net"),
        (Namespace::Pid, libc::CLONE_NEWPID, "pid_for_children"),
    ];
    let mut new = libc::CLONE_NEWNS;
    let mut steps = Vec::new();
    for (namespace, flag, file) in kinds {
        let own = match namespace {
            Namespace::Network => spec.network != Network::Neighbour,
            other => spec.namespaces.contains(&other),
        };
        match neighbour {
            Some(process) if !own => {
                let path = format!("/proc/{process}/ns/{file}");
                steps.push(crate::call::open(&path, libc::O_RDONLY).named("namespace"));
                steps.push(call("setns", libc::SYS_setns, vec![result("namespace"), flag.into()]));
                steps.push(close("namespace"));
            }
            _ => new |= flag,
        }
    }
    steps.push(crate::call::unshare(new));
    steps
}

/// Makes the clone's root file system the root; the machine's is gone from this namespace. The box is kept open.
fn turn() -> Vec<Step> {
    const OPEN_TREE_CLONE: i32 = 1;
    const AT_RECURSIVE: i32 = 0x8000;
    let flags = OPEN_TREE_CLONE | AT_RECURSIVE | libc::O_CLOEXEC;
    vec![
        call("open_tree", libc::SYS_open_tree, vec![HERE.into(), "box".into(), flags.into()]).named("box"),
        local::chdir("root"),
        call("pivot_root", libc::SYS_pivot_root, vec![".".into(), ".".into()]),
        crate::call::unmount("."),
        local::chdir("/"),
    ]
}

/// Where the box is while the clone is built.
const BOX: &str = "/proc";

/// Attaches the box, and what the probe needs. From here on every path leads to somewhere in the clone's own root,
/// whatever links its image has.
fn attach() -> Vec<Step> {
    const MOVE_MOUNT_F_EMPTY_PATH: i32 = 4;
    let to = vec![result("box"), "".into(), HERE.into(), BOX.into(), MOVE_MOUNT_F_EMPTY_PATH.into()];
    vec![
        make(BOX),
        call("move_mount", libc::SYS_move_mount, to),
        make(PROBE_DIRECTORY),
        mount(&format!("{BOX}/tyrian"), PROBE_DIRECTORY, "none", libc::MS_BIND, ""),
        again(PROBE_DIRECTORY, libc::MS_RDONLY | libc::MS_NODEV),
    ]
}

/// A directory that may be there.
fn make(path: &str) -> Step {
    directory(path, 0o755).let_through_by(&[libc::EEXIST])
}

/// The same mount with other flags.
fn again(path: &str, flags: u64) -> Step {
    mount("none", path, "none", libc::MS_REMOUNT | libc::MS_BIND | flags, "")
}

const STRICT: u64 = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;

/// The directory of devices, as runtimes make it.
fn devices() -> Vec<Step> {
    let mut steps = vec![
        make("/dev"),
        mount("tmpfs", "/dev", "tmpfs", libc::MS_NOSUID | libc::MS_STRICTATIME, "mode=755,size=65536k"),
    ];
    for (name, major, minor) in
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)]
    {
        let path = format!("/dev/{name}");
        let (mode, device) = (libc::S_IFCHR | 0o666, libc::makedev(major, minor));
        let arguments = vec![HERE.into(), path.as_str().into(), mode.into(), device.into()];
        steps.push(call("mknodat", libc::SYS_mknodat, arguments));
    }
    for (name, to) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        let path = format!("/dev/{name}");
        steps.push(call(
            "symlinkat",
            libc::SYS_symlinkat,
            vec![to.into(), HERE.into(), path.as_str().into()],
        ));
    }
    let (quiet, terminals) = (libc::MS_NOSUID | libc::MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    for (path, kind, flags, options) in [
        ("/dev/pts", "devpts", quiet, terminals),
        ("/dev/shm", "tmpfs", STRICT, "mode=1777,size=67108864"),
        ("/dev/mqueue", "mqueue", STRICT, ""),
    ] {
        steps.extend([make(path), mount(kind, path, kind, flags, options)]);
    }
    steps
}

/// /sys, with the control groups.
fn system(spec: &Spec, groups: &Groups) -> Vec<Step> {
    const PLACE: &str = "/sys/fs/cgroup";
    let flags = STRICT | if spec.read_only_sys { libc::MS_RDONLY } else { 0 };
    let mut steps = vec![make("/sys"), mount("sysfs", "/sys", "sysfs", STRICT, "")];
    let second = groups.hierarchies.iter().any(|hierarchy| hierarchy.is_second());
    if second {
        steps.push(mount("cgroup2", PLACE, "cgroup2", flags, ""));
    } else if !groups.hierarchies.is_empty() {
        steps.push(mount("tmpfs", PLACE, "tmpfs", STRICT, "mode=755"));
        for hierarchy in &groups.hierarchies {
            let path = format!("{PLACE}/{}", hierarchy.name);
            steps.extend([make(&path), mount("cgroup", &path, "cgroup", flags, &hierarchy.controllers)]);
        }
        if spec.read_only_sys {
            steps.push(again(PLACE, flags));
        }
    }
    if spec.read_only_sys {
        steps.push(again("/sys", flags));
    }
    steps
}

/// What is mounted beside the kernel's own file systems: stand-ins from the box.
fn mounts(spec: &Spec) -> Result<Vec<Step>, Trouble> {
    let mut order: Vec<(usize, &crate::spec::Mount)> = spec.mounts.iter().enumerate().collect();
    // What lies in another mount comes after it.
    order.sort_by_key(|(_, mount)| parts(&mount.target).len());
    let mut steps = Vec::new();
    let mut there: BTreeSet<String> = ["/dev", "/sys", "/proc"].map(str::to_owned).into();
    for (number, it) in order {
        let parts = parts(&it.target);
        let target = format!("/{}", parts.join("/"));
        if parts.first() == Some(&"proc") || parts.is_empty() {
            return Err(Trouble::CannotReproduce(format!("a mount at {target}")));
        }
        let file = matches!(it.kind, MountKind::File { .. } | MountKind::RuntimeSocket { .. });
        let mut path = String::new();
        for (at, part) in parts.iter().enumerate() {
            path = format!("{path}/{part}");
            if !there.insert(path.clone()) {
                continue;
            }
            if file && at + 1 == parts.len() {
                // A file that is there cannot be made again; what else may be there shows when it is mounted over.
                let made = vec![HERE.into(), path.as_str().into(), (libc::S_IFREG | 0o644).into(), 0.into()];
                steps.push(call("mknodat", libc::SYS_mknodat, made).let_through_by(&[libc::EEXIST]));
            } else {
                steps.push(make(&path));
            }
        }
        let flags = [
            (it.read_only, libc::MS_RDONLY),
            (!it.executable, libc::MS_NOEXEC),
            (!it.setuid, libc::MS_NOSUID),
        ];
        let flags =
            flags.into_iter().filter(|(set, _)| *set).fold(libc::MS_NODEV, |all, (_, flag)| all | flag);
        match it.kind {
            MountKind::Tmpfs(size) => {
                let size = size.map_or_else(String::new, |size| format!(",size={size}"));
                steps.push(mount("tmpfs", &target, "tmpfs", flags, &format!("mode=1777{size}")));
            }
            _ => {
                steps.push(mount(&format!("{BOX}/{}", stand_in(number)), &target, "none", libc::MS_BIND, ""));
                steps.push(again(&target, flags));
            }
        }
    }
    Ok(steps)
}

/// The parts of a path, without what would lead out of it.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !["", ".", ".."].contains(part)).collect()
}

/// /proc of the clone's process namespace, in the place of the box.
fn processes() -> Vec<Step> {
    vec![crate::call::unmount(BOX), mount("proc", "/proc", "proc", STRICT, "")]
}

/// The host name and kernel settings of its own namespaces.
fn settings(spec: &Spec, name: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if spec.namespaces.contains(&Namespace::Uts) {
        let name = name.get(..name.len().min(63)).unwrap_or("clone");
        steps.push(call(
            "sethostname",
            libc::SYS_sethostname,
            vec![Memory::bytes(name).into(), (name.len() as u64).into()],
        ));
    }
    steps.extend(sysctls(spec, ""));
    steps
}

/// Hides paths and makes paths read-only; one that is not there needs nothing.
fn hidden(spec: &Spec) -> Vec<Step> {
    let mut steps = Vec::new();
    for path in &spec.masked_paths {
        let nothing = [libc::ENOENT, libc::ENOTDIR];
        steps.push(mount("/dev/null", path, "none", libc::MS_BIND, "").let_through_by(&nothing));
        steps.push(mount("tmpfs", path, "tmpfs", libc::MS_RDONLY, "").let_through_by(&nothing));
    }
    for path in &spec.read_only_paths {
        let nothing = [libc::ENOENT];
        steps.push(mount(path, path, "none", libc::MS_BIND | libc::MS_REC, "").let_through_by(&nothing));
        steps.push(again(path, libc::MS_RDONLY | STRICT).let_through_by(&nothing));
    }
    if spec.read_only_root {
        steps.push(again("/", libc::MS_RDONLY));
    }
    steps
}

/// Gives up what the clone does not have, and becomes the probe. The filter comes last, so that it says nothing of
/// what is done before; what is not the clone's at the end, the kernel takes when the probe begins.
fn become_it(job: &Job, filter: Option<(Memory, u64)>, entered: bool) -> Vec<Step> {
    let spec = &job.spec;
    let mut steps = vec![
        crate::call::open("/dev/null", libc::O_RDWR).named("nothing"),
        call("dup3", libc::SYS_dup3, vec![result("nothing"), 0.into(), 0.into()]),
    ];
    for (name, (soft, hard)) in &spec.rlimits {
        let Some(number) = resource(name) else { continue };
        let limits = Memory::new().u64(*soft).u64(*hard);
        steps.push(call(
            "prlimit64",
            libc::SYS_prlimit64,
            vec![0.into(), number.into(), limits.into(), 0.into()],
        ));
    }
    let directory = if spec.directory.is_empty() { "/" } else { &spec.directory };
    steps.push(make(directory).let_through_by(&[libc::EROFS, libc::ENOENT]));
    steps.push(local::chdir(directory));
    let sets = &spec.capabilities;
    for (number, name) in CAPABILITIES.iter().enumerate() {
        if !sets.bounding.contains(*name) {
            // One that an older kernel does not know cannot be had.
            steps.push(prctl(libc::PR_CAPBSET_DROP, number as u64).let_through_by(&[libc::EINVAL]));
        }
    }
    let groups = spec.user.groups.iter().fold(Memory::new(), |list, group| list.u32(*group));
    let count = spec.user.groups.len() as u64;
    let [uid, gid] = [spec.user.uid, spec.user.gid].map(Arg::from);
    steps.extend([
        prctl(libc::PR_SET_KEEPCAPS, 1),
        call("setgroups", libc::SYS_setgroups, vec![count.into(), groups.into()]),
        call("setresgid", libc::SYS_setresgid, vec![gid.clone(), gid.clone(), gid]),
        call("setresuid", libc::SYS_setresuid, vec![uid.clone(), uid.clone(), uid]),
    ]);
    let bits = |names: &BTreeSet<String>| {
        let held = CAPABILITIES.iter().enumerate().filter(|(_, name)| names.contains(**name));
        held.fold(0u64, |bits, (number, _)| bits | 1 << number)
    };
    // To set a filter takes one more, until the probe begins.
    let setter = CAPABILITIES.iter().position(|name| *name == "SYS_ADMIN").map_or(0, |number| 1u64 << number);
    let permitted = bits(&sets.permitted) | bits(&sets.ambient) | bits(&sets.bounding) | setter;
    let inheritable = bits(&sets.inheritable) | bits(&sets.ambient);
    let mut data = Memory::new();
    for shift in [0, 32] {
        for set in [permitted, permitted, inheritable] {
            data = data.u32((set >> shift) as u32);
        }
    }
    steps.push(call(
        "capset",
        libc::SYS_capset,
        vec![Memory::new().u32(0x2008_0522).u32(0).into(), data.into()],
    ));
    for (number, name) in CAPABILITIES.iter().enumerate() {
        if sets.ambient.contains(*name) {
            let raise = vec![
                libc::PR_CAP_AMBIENT.into(),
                libc::PR_CAP_AMBIENT_RAISE.into(),
                (number as u64).into(),
                0.into(),
                0.into(),
            ];
            steps.push(call("prctl", libc::SYS_prctl, raise));
        }
    }
    if let Some(profile) = &spec.apparmor {
        steps.push(crate::call::open("/proc/self/attr/exec", libc::O_WRONLY).named("profile"));
        steps.push(write("profile", format!("exec {profile}").as_bytes()));
    }
    if spec.no_new_privileges {
        steps.push(prctl(libc::PR_SET_NO_NEW_PRIVS, 1));
    }
    // To change who one is takes that back.
    steps.push(die_with_parent());
    steps.push(call("dup3", libc::SYS_dup3, vec![result("nothing"), 2.into(), 0.into()]));
    if let Some((program, flags)) = filter {
        let arguments = vec![libc::SECCOMP_SET_MODE_FILTER.into(), flags.into(), program.into()];
        steps.push(call("seccomp", libc::SYS_seccomp, arguments));
    }
    let probe = format!("{PROBE_DIRECTORY}/probe");
    let plan = job.plan_path();
    let arguments: Vec<&str> = if entered { vec![&probe, "enter", &plan] } else { vec![&probe, &plan] };
    let environment: Vec<&str> = spec.environment.iter().map(String::as_str).collect();
    let mut step = exec(&probe, &arguments);
    if let crate::program::Act::Call { arguments, .. } = &mut step.act
        && let Some(last) = arguments.last_mut()
    {
        *last = Memory::list(&environment).into();
    }
    steps.push(step);
    steps
}

/// The number of a resource that has limits.
fn resource(name: &str) -> Option<i64> {
    let names = [
        "CPU",
        "FSIZE",
        "DATA",
        "STACK",
        "CORE",
        "RSS",
        "NPROC",
        "NOFILE",
        "MEMLOCK",
        "AS",
        "LOCKS",
        "SIGPENDING",
        "MSGQUEUE",
        "NICE",
        "RTPRIO",
        "RTTIME",
    ];
    let name = name.strip_prefix("RLIMIT_").unwrap_or(name);
    names.iter().position(|known| *known == name).and_then(|number| i64::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{open, primitive, revert, unlink};
    use crate::probe::Report;
    use crate::program::encode;
    use crate::spec::{Capabilities, Image};

    /// On a machine with control groups of version 1, version 2 is mounted beside them, which is enough for this.
    #[test]
    fn a_program_bounds_devices_where_control_groups_are_of_version_2() {
        let test = "a_program_bounds_devices_where_control_groups_are_of_version_2";
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        let own: String = mounts.lines().filter(|line| line.contains(" - cgroup2 ")).collect();
        let mark = format!("tyrian-test-{}-v2", std::process::id());
        let mut driver = Namespaces::new(&mark);
        let job = crate::neighbour::job(&mark, "canary", &Image::Empty, true);
        if own.is_empty() || driver.start_neighbour(&job).is_err() {
            eprintln!(
                "{test} is skipped: only root can make clones, and control groups of version 2 are wanted"
            );
            return;
        }
        let groups = super::super::cgroup::Groups::seen(&own, &mark);
        assert!(groups.hierarchies.iter().all(|hierarchy| hierarchy.is_second()));
        let first = std::mem::replace(&mut driver.base.as_mut().unwrap().groups, groups);
        let names: BTreeSet<String> = ["MKNOD".to_owned()].into();
        let spec = Spec {
            capabilities: Capabilities::of_root(&names),
            namespaces: [Namespace::Pid, Namespace::Ipc, Namespace::Uts, Namespace::Cgroup].into(),
            ..Spec::default()
        };
        let made = |kind: u32, major: u32, minor: u32| {
            let node =
                vec![HERE.into(), "/x".into(), (kind | 0o600).into(), libc::makedev(major, minor).into()];
            vec![
                call("mknodat", libc::SYS_mknodat, node),
                primitive(open("/x", libc::O_RDONLY)),
                revert(unlink("/x")),
            ]
        };
        let (character, block) = (libc::S_IFCHR, libc::S_IFBLK);
        let numbers = [
            (character, 1, 3),
            (character, 1, 9),
            (character, 1, 2),
            (character, 10, 1),
            (block, 1, 3),
            (block, 136, 0),
        ];
        let programs = numbers
            .map(|(kind, major, minor)| Program { shared: Vec::new(), steps: made(kind, major, minor) });
        let run = |spec: &Spec, name: &str| {
            let plan = encode(&programs, 5).unwrap();
            let job = Job { name: format!("{mark}-{name}"), spec: spec.clone(), plan, limit: SOON };
            let report = Report::read(&driver.run(&job).unwrap(), programs.len());
            report
                .programs
                .iter()
                .map(|program| (program.results[&0], program.results[&1]))
                .collect::<Vec<_>>()
        };
        let bound = run(&spec, "bound");
        let refused = -i64::from(libc::EPERM);
        assert!(bound.iter().all(|(made, _)| *made == 0), "{bound:?}");
        let opened: Vec<bool> = bound.iter().map(|(_, opened)| *opened != refused).collect();
        assert_eq!(opened, [true, true, false, false, false, false], "{bound:?}");
        let free = Spec { devices: crate::spec::Devices { all: true, paths: Vec::new() }, ..spec };
        let free = run(&free, "free");
        assert!(free.iter().all(|(_, opened)| *opened != refused), "{free:?}");
        // Both have groups of this run.
        let base = driver.base.as_mut().unwrap();
        std::mem::replace(&mut base.groups, first).remove();
    }
}

//! Control groups of a run, version 1 or 2: what bounds a clone, and by what all of its processes are found.

use super::Trouble;
use super::local::trouble;
use crate::call::{call, result};
use crate::program::{Memory, Step};
use crate::spec::Spec;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most memory that a clone may use, whatever its spec says: the lab's own bound.
pub(super) const MEMORY: u64 = 512 << 20;
/// The most processes, likewise.
pub(super) const PROCESSES: u64 = 512;

/// Devices that every container may use, as the kernel's first version of control groups writes them: all may be
/// made, few may be used.
const DEVICES: [&str; 11] = [
    "c *:* m",
    "b *:* m",
    "c 1:3 rwm",
    "c 1:5 rwm",
    "c 1:7 rwm",
    "c 1:8 rwm",
    "c 1:9 rwm",
    "c 5:0 rwm",
    "c 5:1 rwm",
    "c 5:2 rwm",
    "c 136:* rwm",
];

/// The hierarchies in which this process may make groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    pub(super) hierarchies: Vec<Hierarchy>,
    /// Where a runtime may have made the run's groups too.
    others: Vec<PathBuf>,
}

/// One hierarchy.
#[derive(Clone, Debug)]
pub(super) struct Hierarchy {
    /// Its controllers, as it is mounted with them; nothing: version 2.
    pub(super) controllers: String,
    /// The last part of its mount point: `memory`, `cpu,cpuacct`.
    pub(super) name: String,
    /// The run's group in it.
    pub(super) parent: PathBuf,
}

impl Hierarchy {
    fn has(&self, controller: &str) -> bool {
        self.controllers.split(',').any(|known| known == controller)
            || (self.is_second()
                && fs::read_to_string(self.parent.join("cgroup.controllers"))
                    .is_ok_and(|text| text.split_whitespace().any(|known| known == controller)))
    }
    pub(super) fn is_second(&self) -> bool {
        self.controllers.is_empty()
    }
}

/// A clone's groups; they are removed when this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) paths: Vec<PathBuf>,
}

impl Groups {
    /// Those of that mark, whether they are there or not.
    pub(super) fn of(mark: &str) -> Groups {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Groups::seen(&mounts, mark)
    }
    /// Those in what is mounted.
    pub(super) fn seen(mounts: &str, mark: &str) -> Groups {
        hierarchies(mounts, mark)
    }

    /// A group of that name for such a clone, with its limits, in each hierarchy where one can be made.
    pub(super) fn hold(&self, name: &str, spec: &Spec) -> Result<Held, Trouble> {
        let mut held = Held { paths: Vec::new() };
        let mut done = [false; 4];
        for hierarchy in &self.hierarchies {
            let path = hierarchy.parent.join(name);
            if made(&hierarchy.parent).is_err() {
                continue;
            }
            if hierarchy.is_second() {
                // Where they cannot be had, their files are not there, which is seen below.
                for above in
                    [hierarchy.parent.parent(), Some(hierarchy.parent.as_path())].into_iter().flatten()
                {
                    for controller in ["+memory", "+pids", "+cpu"] {
                        let _ = fs::write(above.join("cgroup.subtree_control"), controller);
                    }
                }
            }
            let inherited = ["cpuset.cpus", "cpuset.mems"];
            if hierarchy.has("cpuset") && !hierarchy.is_second() {
                inherit(&hierarchy.parent, &inherited);
            }
            if made(&path).is_err() {
                continue;
            }
            held.paths.push(path.clone());
            if hierarchy.has("cpuset") && !hierarchy.is_second() {
                inherit(&path, &inherited);
            }
            let set = |file: &str, value: String| fs::write(path.join(file), value).is_ok();
            let (memory, pids) = bounds(spec);
            if hierarchy.has("memory") {
                done[0] = if hierarchy.is_second() {
                    // Without swap where there is such a limit.
                    set("memory.swap.max", "0".into());
                    set("memory.max", memory.to_string())
                } else {
                    let limited = set("memory.limit_in_bytes", memory.to_string());
                    set("memory.memsw.limit_in_bytes", memory.to_string());
                    limited
                };
            }
            if hierarchy.has("pids") {
                // The process that holds the clone is in the group too.
                done[1] = set("pids.max", (pids + 1).to_string());
            }
            if hierarchy.has("cpu")
                && let Some(cpu) = spec.limits.cpu
            {
                let quota = cpu.saturating_mul(100).max(1000);
                done[2] = if hierarchy.is_second() {
                    set("cpu.max", format!("{quota} 100000"))
                } else {
                    set("cpu.cfs_period_us", "100000".into()) && set("cpu.cfs_quota_us", quota.to_string())
                };
            }
            // Version 2 has no controller for devices, but a program, see [`Groups::devices`].
            if hierarchy.is_second() && self.devices(name, spec).is_some() {
                done[3] = true;
            }
            if hierarchy.has("devices") && !spec.devices.all {
                done[3] = set("devices.deny", "a".into())
                    && DEVICES.iter().all(|device| set("devices.allow", (*device).to_owned()));
            }
        }
        let [memory, pids, cpu, devices] = done;
        let missing = [
            (spec.limits.memory.is_some() && !memory, "a limit of memory"),
            (spec.limits.pids.is_some() && !pids, "a limit of processes"),
            (spec.limits.cpu.is_some() && !cpu, "a limit of CPU"),
            (!spec.devices.all && !devices, "a list of devices"),
        ];
        match missing.into_iter().find(|(missing, _)| *missing) {
            Some((_, what)) => {
                Err(Trouble::CannotReproduce(format!("{what}: no control group for it can be made here")))
            }
            None => Ok(held),
        }
    }

    /// With version 2: what the first process of such a clone does to bound its group's devices.
    pub(super) fn devices(&self, name: &str, spec: &Spec) -> Option<Vec<Step>> {
        let hierarchy = self.hierarchies.iter().find(|hierarchy| hierarchy.is_second())?;
        let path = hierarchy.parent.join(name);
        (!spec.devices.all).then(|| bound_devices(path.to_str().unwrap_or_default()))
    }

    /// Removes the run's groups, with what is in them.
    pub(super) fn remove(&self) {
        self.hierarchies.iter().map(|hierarchy| &hierarchy.parent).chain(&self.others).for_each(|path| {
            removed(path);
        });
    }
}

/// The bounds of a clone, of memory in bytes and of processes: what its spec says, but never more than the lab's own.
pub(super) fn bounds(spec: &Spec) -> (u64, u64) {
    (spec.limits.memory.unwrap_or(MEMORY).min(MEMORY), spec.limits.pids.unwrap_or(PROCESSES).min(PROCESSES))
}

impl Held {
    /// Puts a process into the groups.
    pub(super) fn take(&self, process: u32) -> Result<(), Trouble> {
        for path in &self.paths {
            fs::write(path.join("cgroup.procs"), process.to_string())
                .map_err(|error| trouble(&format!("{}: {error}", path.display())))?;
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for path in &self.paths {
            removed(path);
        }
    }
}

/// Loads a program that says which devices may be used, and attaches it to the group of that path.
fn bound_devices(path: &str) -> Vec<Step> {
    /// Descriptors of our own choice, to be named in memory.
    const PROGRAM: u32 = 90;
    const GROUP: u32 = 91;
    let (load, attach) = (5, 8);
    let program = devices_program();
    let count = (program.len() / 8) as u32;
    let what = Memory::new()
        .u32(15) // BPF_PROG_TYPE_CGROUP_DEVICE
        .u32(count)
        .pointer(Memory::bytes(program))
        .pointer(Memory::text("tyrian"))
        .raw(&[0; 48]);
    let size = what.bytes.len() as u64;
    let to = Memory::new().u32(GROUP).u32(PROGRAM).u32(6).u32(2); // BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI
    let fixed = |name, number: u32| {
        call("dup3", libc::SYS_dup3, vec![result(name), number.into(), libc::O_CLOEXEC.into()])
    };
    vec![
        call("bpf", libc::SYS_bpf, vec![load.into(), what.into(), size.into()]).named("program"),
        fixed("program", PROGRAM),
        crate::call::open(path, libc::O_RDONLY | libc::O_DIRECTORY).named("group"),
        fixed("group", GROUP),
        call("bpf", libc::SYS_bpf, vec![attach.into(), to.into(), 16.into()]),
    ]
}

/// That program: every device may be made, [`DEVICES`] may be used.
fn devices_program() -> Vec<u8> {
    let mut used = Vec::new();
    for device in DEVICES.iter().filter_map(|device| device.strip_prefix("c ")?.strip_suffix(" rwm")) {
        let Some((major, minor)) = device.split_once(':') else { continue };
        used.push((major.parse::<i32>().unwrap_or(-1), minor.parse::<i32>().ok()));
    }
    // Operation, registers (source, destination), how far to jump, number.
    let one = |code: u8, to: u8, from: u8, jump: usize, number: i32| {
        let mut bytes = vec![code, from << 4 | to];
        bytes.extend((jump as i16).to_ne_bytes());
        bytes.extend(number.to_ne_bytes());
        bytes
    };
    let [load, copy, and, shift, set, end, equal, other] = [0x61, 0xbf, 0x57, 0x77, 0xb7, 0x95, 0x15, 0x55];
    let (mknod, character) = (1, 2);
    // Each of these takes two instructions; behind them it is refused, in two, and allowed, in two.
    let rest = |at: usize| (used.len() - at) * 2;
    let mut program = vec![
        one(load, 2, 1, 0, 0),
        one(copy, 3, 2, 0, 0),
        one(shift, 3, 0, 0, 16),
        one(and, 2, 0, 0, 0xffff),
        one(load, 4, 1, 4, 0),
        one(load, 5, 1, 8, 0),
        one(equal, 3, 0, 1 + rest(0) + 2, mknod),
        one(other, 2, 0, rest(0), character),
    ];
    for (at, (major, minor)) in used.iter().enumerate() {
        program.push(one(other, 4, 0, 1, *major));
        program.push(match minor {
            Some(minor) => one(equal, 5, 0, rest(at + 1) + 2, *minor),
            // Any: the comparison before it has decided.
            None => one(equal, 4, 0, rest(at + 1) + 2, *major),
        });
    }
    program.extend([one(set, 0, 0, 0, 0), one(end, 0, 0, 0, 0), one(set, 0, 0, 0, 1), one(end, 0, 0, 0, 0)]);
    program.concat()
}

/// Makes a group, if it is not there.
fn made(path: &Path) -> std::io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Gives a group what the one above it has, which version 1 wants before it takes processes.
fn inherit(path: &Path, files: &[&str]) {
    for file in files {
        let above = path.parent().and_then(|above| fs::read_to_string(above.join(file)).ok());
        let _ = fs::write(path.join(file), above.unwrap_or_default().trim());
    }
}

/// Ends what is in a group and the groups below it, and removes it.
fn removed(path: &Path) {
    // What a clone made below its own group.
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            removed(&entry.path());
        }
    }
    for _ in 0..100 {
        if fs::remove_dir(path).is_ok() || !path.exists() {
            return;
        }
        for process in fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default().lines() {
            if let Ok(process) = process.parse::<i32>()
                && process > 1
            {
                end(process);
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn end(process: i32) {
    // SAFETY: it takes two numbers and touches no memory.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

/// Reads which hierarchies are mounted. The run's group is at the top of what is seen of each, where engines make
/// theirs.
fn hierarchies(mounts: &str, mark: &str) -> Groups {
    let mut out: Vec<Hierarchy> = Vec::new();
    for line in mounts.lines() {
        let Some((fields, rest)) = line.split_once(" - ") else { continue };
        let Some(point) = fields.split(' ').nth(4) else { continue };
        let mut rest = rest.split(' ');
        let (kind, options) = (rest.next().unwrap_or_default(), rest.nth(1).unwrap_or_default());
        let controllers = match kind {
            "cgroup2" => String::new(),
            "cgroup" => {
                let flags = ["rw", "ro", "xattr", "clone_children", "noprefix"];
                let is_flag = |option: &&str| flags.contains(option) || option.starts_with("release_agent=");
                options.split(',').filter(|option| !is_flag(option)).collect::<Vec<_>>().join(",")
            }
            _ => continue,
        };
        let name = Path::new(point).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if out.iter().any(|known| known.controllers == controllers) {
            continue;
        }
        out.push(Hierarchy { controllers, name: name.to_owned(), parent: Path::new(point).join(mark) });
    }
    // Where version 1 is used, what is mounted of version 2 has no controllers.
    let mut others = Vec::new();
    if out.iter().any(|hierarchy| !hierarchy.is_second()) {
        let second = out.extract_if(.., |hierarchy| hierarchy.is_second());
        others.extend(second.map(|hierarchy| hierarchy.parent));
    }
    Groups { hierarchies: out, others }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hierarchies_of_each_version_are_found() {
        let first = "30 20 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
                     31 20 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/x,name=systemd\n\
                     32 20 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
                     33 20 0:29 / /tmp rw - tmpfs tmpfs rw\n";
        let found = hierarchies(first, "mark");
        let all: Vec<(&str, &str, &str)> = found
            .hierarchies
            .iter()
            .map(|it| (it.controllers.as_str(), it.name.as_str(), it.parent.to_str().unwrap()))
            .collect();
        assert_eq!(
            all,
            [
                ("cpu,cpuacct", "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/mark"),
                ("name=systemd", "systemd", "/sys/fs/cgroup/systemd/mark")
            ]
        );
        assert_eq!(found.others, [Path::new("/sys/fs/cgroup/unified/mark")]);
        let second = "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";
        let found = hierarchies(second, "mark").hierarchies;
        assert_eq!(found.len(), 1);
        assert!(found[0].is_second());
        assert_eq!(found[0].parent, Path::new("/sys/fs/cgroup/mark"));
        assert!(hierarchies("", "mark").hierarchies.is_empty());
        assert!(hierarchies("a - \n - cgroup\nx y - cgroup\n", "mark").hierarchies.is_empty());
    }

    #[test]
    fn no_clone_gets_more_than_the_lab_has_for_it() {
        let mut spec = Spec::default();
        assert_eq!(bounds(&spec), (MEMORY, PROCESSES));
        spec.limits.memory = Some(64 << 20);
        spec.limits.pids = Some(4_000_000);
        assert_eq!(bounds(&spec), (64 << 20, PROCESSES));
    }

    #[test]
    fn the_kernel_denies_what_no_container_has() {
        use crate::call::{close, mknod, unlink, write};
        use crate::program::{Program, encode};
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let test = "the_kernel_denies_what_no_container_has";
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let second = mounts.lines().find(|line| line.starts_with("cgroup2 "));
        let Some(mount) = second.and_then(|line| line.split(' ').nth(1)) else {
            return tyrian_lab::elsewhere(test, "there are no control groups of the second version");
        };
        if !tyrian_lab::root(test) {
            return;
        }
        let name = format!("tyrian-devices-{}", std::process::id());
        let group = Path::new(mount).join(&name);
        let place = std::env::temp_dir().join(&name);
        fs::create_dir(&place).unwrap();
        fs::create_dir(&group).unwrap();
        let node = |name: &str| place.join(name).to_string_lossy().into_owned();
        let member = group.join("cgroup.procs");
        let mut steps = bound_devices(&group.to_string_lossy());
        steps.extend([
            crate::call::open(&member.to_string_lossy(), libc::O_WRONLY).named("members"),
            write("members", b"0"),
            close("members"),
        ]);
        let first = steps.len();
        // Numbers that are set aside for local use: where it may be used, nobody answers.
        for (path, kind, major, minor) in [
            ("null", libc::S_IFCHR, 1, 3),
            ("urandom", libc::S_IFCHR, 1, 9),
            ("memory", libc::S_IFCHR, 1, 1),
            ("zero", libc::S_IFCHR, 1, 5),
            ("own", libc::S_IFCHR, 60, 1),
            ("disk", libc::S_IFBLK, 60, 1),
        ] {
            let refused = crate::call::open(&node(path), libc::O_RDONLY | libc::O_NONBLOCK)
                .let_through_by(&[libc::EPERM]);
            steps.extend([mknod(&node(path), kind, major, minor), refused, unlink(&node(path))]);
        }
        let plan = encode(&[Program { shared: Vec::new(), steps }], 0).unwrap();
        fs::write(place.join("plan"), plan).unwrap();
        let mut probe = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(place.join("probe"))
            .unwrap();
        probe.write_all(crate::probe::PROBE).unwrap();
        drop(probe);
        let output = std::process::Command::new(place.join("probe"))
            .arg("enter")
            .arg(place.join("plan"))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let removed = fs::remove_dir(&group).and_then(|()| fs::remove_dir_all(&place));
        let results: Vec<i64> =
            text.lines().map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
        assert_eq!(results.len(), first + 18, "{text}");
        // What was let through by its error has 0; a descriptor is more.
        let opened: Vec<bool> = (0..6).map(|n| results[first + 3 * n + 1] > 0).collect();
        assert_eq!(opened, [true, true, false, true, false, false], "{text}");
        removed.unwrap();
    }
}

//! Control groups of a run, version 1 or 2: what bounds a clone, and by what all of its processes are found.

use super::Trouble;
use super::local::trouble;
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
        hierarchies(&mounts, mark)
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
}

//! What the kernel shows of a running container, from the texts of /proc and of its control group.

use super::said::{Heard, Said, gap, known};
use serde_json::Value;
use std::collections::BTreeSet;
use tyrian_model::fact::{Known, Why};
use tyrian_model::workload::{CAPABILITIES, Confinement, Namespace, Seccomp, User};

/// What every runtime masks or makes read-only in /proc and /sys by default. A kernel has not all of them.
pub(super) const MASKED: [&str; 7] = [
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];
/// Likewise, those that are only made read-only.
pub(super) const READ_ONLY: [&str; 5] =
    ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// From `{"status": …, "uid_map": …, "attr": …, "ns": …, "host_ns": …, "mountinfo": …, "limits": …,
/// "paths": […]}`.
pub(super) fn confinement(of: &Said) -> Confinement {
    let status = of.get("status");
    Confinement {
        user: known(user(&status, &of.get("uid_map"))),
        privileged: Known::gap(Why::NotAsked, "the kernel knows no such thing as privileged"),
        // CapEff is 0 for whoever is not root, and says nothing of what a setuid program would get.
        capabilities: known(line(&status, "CapBnd").and_then(capabilities)),
        seccomp: known(line(&status, "Seccomp").and_then(|mode| match mode {
            "0" => Ok(Seccomp::Unconfined),
            "1" | "2" => Ok(Seccomp::Filter),
            _ => gap(Why::Malformed, format!("{}: Seccomp is {mode:?}", status.at)),
        })),
        no_new_privileges: known(line(&status, "NoNewPrivs").and_then(|set| match set {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => gap(Why::Malformed, format!("{}: NoNewPrivs is {set:?}", status.at)),
        })),
        lsm: known(of.get("attr").text().map(lsm)),
        host_namespaces: known(namespaces(&of.get("ns"), &of.get("host_ns"))),
        joined_namespaces: Known::gap(Why::NotAsked, "whose namespaces it joins is judged as it is declared"),
        read_only_root: known(mounts(&of.get("mountinfo")).and_then(|mounts| {
            match mounts.iter().rev().find(|mount| mount.point == "/") {
                Some(mount) => Ok(mount.read_only),
                None => gap(Why::Malformed, "the container's mountinfo has no root"),
            }
        })),
        mounts: Known::gap(Why::NotAsked, "the mounts of a container are judged as the engine declares them"),
        devices: Known::gap(
            Why::NotAsked,
            "the devices of a container are judged as the engine declares them",
        ),
        masked_paths: known(masked(of)),
        memory_limit: known(limit(&of.get("limits"), "memory.max", "memory.limit_in_bytes")),
        pids_limit: known(limit(&of.get("limits"), "pids.max", "pids.max")),
        cpu_limit: known(cpu(&of.get("limits"))),
        details: super::details::observed(&status),
    }
}

/// The value of a line of /proc/PID/status.
fn line<'a>(status: &Said<'a>, name: &str) -> Heard<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':').map(str::trim);
    match status.text()?.lines().find_map(value) {
        Some(value) => Ok(value),
        None => gap(Why::NotRead, format!("{}: no line {name}", status.at)),
    }
}

fn capabilities(mask: &str) -> Heard<BTreeSet<String>> {
    let Ok(mask) = u64::from_str_radix(mask, 16) else {
        return gap(Why::Malformed, format!("a capability mask {mask:?} that is none"));
    };
    let named = CAPABILITIES.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
    Ok(named.map(|(_, name)| (*name).to_owned()).collect())
}

/// The effective user id, in the container's user namespace.
fn user(status: &Said, map: &Said) -> Heard<User> {
    let outside: Option<u32> = line(status, "Uid")?.split_whitespace().nth(1).and_then(|id| id.parse().ok());
    let Some(outside) = outside else {
        return gap(Why::Malformed, format!("{}: no effective user id", status.at));
    };
    for row in map.text()?.lines() {
        let numbers: Vec<u32> = row.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        if let [inside, first, count] = numbers[..]
            && let Some(offset) = outside.checked_sub(first).filter(|offset| *offset < count)
        {
            return Ok(User::Id(inside.saturating_add(offset)));
        }
    }
    gap(Why::Malformed, format!("{}: user id {outside} is not in the map", status.at))
}

/// AppArmor adds its mode to the label. Only `enforce` confines, so another mode stays to be seen.
fn lsm(label: &str) -> Option<String> {
    let label = label.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let label = label.strip_suffix(" (enforce)").unwrap_or(label);
    Some(label.to_owned()).filter(|label| !label.is_empty())
}

fn namespaces(own: &Said, host: &Said) -> Heard<BTreeSet<Namespace>> {
    let kinds = [
        ("pid", Namespace::Pid),
        ("net", Namespace::Net),
        ("ipc", Namespace::Ipc),
        ("uts", Namespace::Uts),
        ("user", Namespace::User),
        ("cgroup", Namespace::Cgroup),
    ];
    let mut shared = BTreeSet::new();
    for (name, namespace) in kinds {
        if own.get(name).text()? == host.get(name).text()? {
            shared.insert(namespace);
        }
    }
    Ok(shared)
}

/// A line of mountinfo, as far as it matters here.
struct MountPoint<'a> {
    point: &'a str,
    read_only: bool,
}

fn mounts<'a>(mountinfo: &Said<'a>) -> Heard<Vec<MountPoint<'a>>> {
    let parse = |line: &'a str| {
        let mut fields = line.split(' ').skip(4);
        let point = fields.next()?;
        let read_only = fields.next()?.split(',').any(|option| option == "ro");
        Some(MountPoint { point, read_only })
    };
    let mounts: Option<Vec<_>> = mountinfo.text()?.lines().map(parse).collect();
    mounts.map_or_else(|| gap(Why::Malformed, format!("{}: a line that is no mount", mountinfo.at)), Ok)
}

/// Is everything that a runtime masks by default, and that this kernel has, mounted over?
fn masked(of: &Said) -> Heard<bool> {
    let there = of.get("paths").texts()?;
    let mounts = mounts(&of.get("mountinfo"))?;
    let over = |path: &str| mounts.iter().rev().find(|mount| mount.point == path);
    let hidden = MASKED.iter().filter(|path| there.contains(path)).all(|path| over(path).is_some());
    let read_only = READ_ONLY
        .iter()
        .filter(|path| there.contains(path))
        .all(|path| over(path).is_some_and(|mount| mount.read_only));
    Ok(hidden && read_only)
}

/// A limit of version 2, or of version 1 where a number that no machine reaches means none.
fn limit(limits: &Said, second: &str, first: &str) -> Heard<Option<u64>> {
    let text = match file(limits, second) {
        Ok(text) => text,
        Err(_) => file(limits, first)?,
    };
    match text.trim() {
        "max" | "-1" => Ok(None),
        number => match number.parse::<u64>() {
            Ok(number) => Ok(Some(number).filter(|number| *number < 1 << 62)),
            Err(_) => gap(Why::Malformed, format!("{}: {first} is {number:?}", limits.at)),
        },
    }
}

/// The text of a control group's file; its name has a dot, so it is no path.
fn file<'a>(limits: &Said<'a>, name: &str) -> Heard<&'a str> {
    match limits.value()? {
        Value::Object(files) => match files.get(name).and_then(Value::as_str) {
            Some(text) => Ok(text),
            None => gap(Why::NotRead, format!("{}: no {name}", limits.at)),
        },
        _ => gap(Why::Malformed, format!("{}: not an object", limits.at)),
    }
}

fn cpu(limits: &Said) -> Heard<Option<u64>> {
    let wrong = || gap(Why::Malformed, format!("{}: a CPU limit that is none", limits.at));
    let (quota, period) = match file(limits, "cpu.max") {
        Ok(text) => {
            let Some((quota, period)) = text.trim().split_once(' ') else { return wrong() };
            (quota, period)
        }
        Err(_) => (file(limits, "cpu.cfs_quota_us")?.trim(), file(limits, "cpu.cfs_period_us")?.trim()),
    };
    if quota == "max" || quota == "-1" {
        return Ok(None);
    }
    match (quota.parse::<u64>(), period.parse::<u64>()) {
        (Ok(quota), Ok(period)) if period > 0 => Ok(Some(quota.saturating_mul(1000) / period)),
        _ => wrong(),
    }
}

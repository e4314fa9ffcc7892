//! Which devices a clone may use, where control groups are of the second version: there a program of the kernel's own
//! language says it, which is attached to the group and goes with it.

use crate::call::{call, open, result};
use crate::program::{Arg, Memory, Step};
use std::path::Path;

/// Descriptors that the kernel is told in memory, so that they must be known beforehand.
const GROUP: u32 = 201;
const PROGRAM: u32 = 202;

const DEVICE_PROGRAM: u32 = 15;
const DEVICE_PLACE: u32 = 6;
const LOAD: i32 = 5;
const ATTACH: i32 = 8;

/// As the kernel asks: what is done, and with what kind of device.
const MAKE: i32 = 1;
const CHARACTER: i32 = 2;

/// Where a jump leads.
#[derive(Clone, Copy)]
enum To {
    Next,
    /// So many instructions further.
    Over(i16),
    Allowed,
    Denied,
}

/// An instruction: operation, registers (the second one in the high half), where it jumps, its number.
type Instruction = (u8, u8, To, i32);

/// Reads a field of what the kernel asks, by its offset, into a register.
fn field(register: u8, offset: i16) -> Instruction {
    (0x61, register | 1 << 4, To::Over(offset), 0)
}
fn equal(register: u8, value: i32, to: To) -> Instruction {
    (0x15, register, to, value)
}
fn other(register: u8, value: i32, to: To) -> Instruction {
    (0x55, register, to, value)
}

/// Nodes of every device may be made; those that every container has may be used.
fn program() -> Vec<Instruction> {
    let (kind, act, major, minor) = (2, 3, 4, 5);
    let mut program = vec![
        field(kind, 0),
        (0xbf, act | kind << 4, To::Next, 0),
        (0x57, kind, To::Next, 0xffff),
        (0x77, act, To::Next, 16),
        field(major, 4),
        field(minor, 8),
        equal(act, MAKE, To::Allowed),
        other(kind, CHARACTER, To::Denied),
        equal(major, 136, To::Allowed),
    ];
    for (number, minors) in [(1, &[3, 5, 7, 8, 9][..]), (5, &[0, 1, 2])] {
        program.push(other(major, number, To::Over(i16::try_from(minors.len()).unwrap_or(0))));
        program.extend(minors.iter().map(|number| equal(minor, *number, To::Allowed)));
    }
    // The kinds of end: denied, then allowed.
    program.extend([
        (0xb7, 0, To::Next, 0),
        (0x95, 0, To::Next, 0),
        (0xb7, 0, To::Next, 1),
        (0x95, 0, To::Next, 0),
    ]);
    program
}

/// The program as the kernel reads it, and how many instructions it has.
fn encoded() -> (Memory, u32) {
    let program = program();
    let end = program.len();
    let mut bytes = Vec::new();
    for (at, (operation, registers, to, number)) in program.iter().enumerate() {
        let distance = |target: usize| i16::try_from(target - at - 1).unwrap_or(0);
        let offset = match to {
            To::Next => 0,
            To::Over(count) => *count,
            To::Denied => distance(end - 4),
            To::Allowed => distance(end - 2),
        };
        bytes.extend([*operation, *registers]);
        bytes.extend(offset.to_ne_bytes());
        bytes.extend(number.to_ne_bytes());
    }
    (Memory::bytes(bytes), u32::try_from(end).unwrap_or(0))
}

/// The steps by which a group gets that program.
pub(super) fn restrict(group: &Path) -> Vec<Step> {
    let (instructions, count) = encoded();
    let load = Memory::new()
        .u32(DEVICE_PROGRAM)
        .u32(count)
        .pointer(instructions)
        .pointer(Memory::text("Apache-2.0"))
        // No log, no version, no flags, no name, no card; where it may be attached.
        .raw(&[0; 16])
        .u64(0)
        .raw(&[0; 16])
        .u32(0)
        .u32(DEVICE_PLACE);
    let attach = Memory::new().u32(GROUP).u32(PROGRAM).u32(DEVICE_PLACE).u32(0);
    let bpf = |command: i32, attributes: Memory| {
        let size = attributes.bytes.len() as u64;
        call("bpf", libc::SYS_bpf, vec![command.into(), attributes.into(), size.into()])
    };
    let fixed = |name: &'static str, number: u32| {
        let arguments: Vec<Arg> = vec![result(name), number.into(), libc::O_CLOEXEC.into()];
        call("dup3", libc::SYS_dup3, arguments)
    };
    vec![
        open(&group.to_string_lossy(), libc::O_RDONLY | libc::O_DIRECTORY).named("group"),
        fixed("group", GROUP),
        bpf(LOAD, load).named("devices"),
        fixed("devices", PROGRAM),
        bpf(ATTACH, attach),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{close, mknod, unlink, write};
    use crate::probe::PROBE;
    use crate::program::{Program, encode};
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    use std::process::Command;

    #[test]
    fn the_kernel_denies_what_no_container_has() {
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
        let mut steps = restrict(&group);
        steps.extend([
            open(&member.to_string_lossy(), libc::O_WRONLY).named("members"),
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
            let refused = open(&node(path), libc::O_RDONLY | libc::O_NONBLOCK).let_through_by(&[libc::EPERM]);
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
        probe.write_all(PROBE).unwrap();
        drop(probe);
        let output = Command::new(place.join("probe")).arg("enter").arg(place.join("plan")).output().unwrap();
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

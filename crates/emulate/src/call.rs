//! The system calls that techniques are written with: one constructor a call, named as strace names it.
//!
//! A constructor gives a step that prepares; [`reach`], [`primitive`] and [`effect`] make the attempt of it, and
//! [`revert`] what takes it back.

use crate::program::{Act, Arg, Depth, Memory, Role, Step};

/// The current directory, for calls with `at` in their name.
pub const HERE: i32 = libc::AT_FDCWD;

/// The step is the attempt; when it works, something could be opened or connected to.
#[must_use]
pub fn reach(step: Step) -> Step {
    Step { role: Role::Attempt(Depth::Reach), ..step }
}
/// The step is the attempt; when it works, the system call did what it does.
#[must_use]
pub fn primitive(step: Step) -> Step {
    Step { role: Role::Attempt(Depth::Primitive), ..step }
}
/// The step is the attempt; when it works, a canary changed or was read.
#[must_use]
pub fn effect(step: Step) -> Step {
    Step { role: Role::Attempt(Depth::Effect), ..step }
}
/// The step is part of the attempt: where it fails, the attempt was stopped; that it works shows nothing yet.
#[must_use]
pub fn part(step: Step) -> Step {
    Step { role: Role::Part, ..step }
}
/// The step takes back what was done; it runs whatever happened before it, but not with the result of a step that
/// failed.
#[must_use]
pub fn revert(step: Step) -> Step {
    Step { role: Role::Revert, ..step }
}

fn step(act: Act) -> Step {
    Step { role: Role::Prepare, act, name: None, let_through: Vec::new() }
}

/// Any system call.
pub fn call(name: &'static str, number: libc::c_long, arguments: Vec<Arg>) -> Step {
    #[allow(clippy::useless_conversion)] // c_long is shorter elsewhere
    step(Act::Call { name, number: i64::from(number), arguments })
}
/// Forks a child that goes through steps of its own.
pub fn child(steps: Vec<Step>) -> Step {
    step(Act::Child(steps))
}
/// Waits for the child of that name to have done all that it should.
pub fn wait(child: &'static str) -> Step {
    step(Act::Wait(child))
}
/// Shared memory holds these bytes.
pub fn holds(shared: &'static str, bytes: &[u8]) -> Step {
    step(Act::Holds(shared, bytes.to_vec()))
}
/// The step so many times.
pub fn repeat(times: u32, step_: Step) -> Step {
    Step { act: Act::Repeat(times, Box::new(step_.clone())), ..step_ }
}
/// What an earlier step returned.
pub fn result(name: &'static str) -> Arg {
    Arg::Result(name)
}
/// The address of memory that steps share.
pub fn shared(name: &'static str) -> Arg {
    Arg::Shared(name)
}

/// Opens a file.
pub fn open(path: &str, flags: i32) -> Step {
    create(path, flags, 0o600)
}
/// Opens a file, with the mode that it gets where `O_CREAT` makes it.
pub fn create(path: &str, flags: i32, mode: u32) -> Step {
    call(
        "openat",
        libc::SYS_openat,
        vec![HERE.into(), path.into(), (flags | libc::O_CLOEXEC).into(), mode.into()],
    )
}
/// Closes what a step opened.
pub fn close(file: &'static str) -> Step {
    call("close", libc::SYS_close, vec![result(file)])
}
/// Reads into shared memory.
pub fn read(file: &'static str, into: &'static str, count: usize) -> Step {
    call("read", libc::SYS_read, vec![result(file), shared(into), (count as u64).into()])
}
/// Writes bytes.
pub fn write(file: &'static str, bytes: &[u8]) -> Step {
    call(
        "write",
        libc::SYS_write,
        vec![result(file), Memory::bytes(bytes).into(), (bytes.len() as u64).into()],
    )
}
/// Removes a name.
pub fn unlink(path: &str) -> Step {
    call("unlinkat", libc::SYS_unlinkat, vec![HERE.into(), path.into(), 0.into()])
}
/// Makes a directory.
pub fn mkdir(path: &str) -> Step {
    call("mkdirat", libc::SYS_mkdirat, vec![HERE.into(), path.into(), 0o700.into()])
}
/// Removes a directory.
pub fn rmdir(path: &str) -> Step {
    call("unlinkat", libc::SYS_unlinkat, vec![HERE.into(), path.into(), libc::AT_REMOVEDIR.into()])
}
/// Makes a device, `libc::S_IFCHR` or `S_IFBLK` with its two numbers.
pub fn mknod(path: &str, kind: u32, major: u32, minor: u32) -> Step {
    let device = libc::makedev(major, minor);
    call("mknodat", libc::SYS_mknodat, vec![HERE.into(), path.into(), (kind | 0o600).into(), device.into()])
}
/// Makes a symbolic link.
pub fn symlink(to: &str, path: &str) -> Step {
    call("symlinkat", libc::SYS_symlinkat, vec![to.into(), HERE.into(), path.into()])
}
/// Reads from that place on into shared memory.
pub fn read_at(file: &'static str, into: &'static str, count: usize, from: u64) -> Step {
    let arguments = vec![result(file), shared(into), (count as u64).into(), from.into()];
    call("pread64", libc::SYS_pread64, arguments)
}
/// Mounts.
pub fn mount(source: &str, target: &str, kind: &str, flags: u64) -> Step {
    call("mount", libc::SYS_mount, vec![source.into(), target.into(), kind.into(), flags.into(), 0.into()])
}
/// Mounts, with options of the file system.
pub fn mount_with(source: &str, target: &str, kind: &str, options: &str) -> Step {
    let arguments = vec![source.into(), target.into(), kind.into(), 0.into(), options.into()];
    call("mount", libc::SYS_mount, arguments)
}
/// Unmounts, even what is in use.
pub fn unmount(target: &str) -> Step {
    call("umount2", libc::SYS_umount2, vec![target.into(), libc::MNT_DETACH.into()])
}
/// Leaves namespaces for new ones.
pub fn unshare(flags: i32) -> Step {
    call("unshare", libc::SYS_unshare, vec![flags.into()])
}
/// Enters a namespace, or with the descriptor of a process several of its namespaces.
pub fn setns(file: &'static str, flags: i32) -> Step {
    call("setns", libc::SYS_setns, vec![result(file), flags.into()])
}
/// A descriptor of a process.
pub fn pidfd(process: impl Into<Arg>) -> Step {
    call("pidfd_open", libc::SYS_pidfd_open, vec![process.into(), 0.into()])
}
/// Becomes another program; steps after it are not reached.
pub fn exec(path: &str, arguments: &[&str]) -> Step {
    let environment = Memory::list(&[]);
    call("execve", libc::SYS_execve, vec![path.into(), Memory::list(arguments).into(), environment.into()])
}
/// A socket.
pub fn socket(family: i32, kind: i32, protocol: i32) -> Step {
    call("socket", libc::SYS_socket, vec![family.into(), (kind | libc::SOCK_CLOEXEC).into(), protocol.into()])
}
/// Connects to a Unix socket by its path; one that begins with a zero is an abstract name.
pub fn connect_unix(socket: &'static str, path: &str) -> Step {
    let mut address = Memory::new().u16(libc::AF_UNIX as u16).raw(path.as_bytes());
    if !path.starts_with('\0') {
        address = address.raw(&[0]);
    }
    let length = address.bytes.len() as u64;
    call("connect", libc::SYS_connect, vec![result(socket), address.into(), length.into()])
}
/// A read of the socket gives up after so many seconds.
pub fn patience(socket: &'static str, seconds: u64) -> Step {
    let time = Memory::new().u64(seconds).u64(0);
    let arguments =
        vec![result(socket), libc::SOL_SOCKET.into(), libc::SO_RCVTIMEO.into(), time.into(), 16.into()];
    call("setsockopt", libc::SYS_setsockopt, arguments)
}
/// An operation on a process.
pub fn prctl(option: i32, value: u64) -> Step {
    call("prctl", libc::SYS_prctl, vec![option.into(), value.into(), 0.into(), 0.into(), 0.into()])
}

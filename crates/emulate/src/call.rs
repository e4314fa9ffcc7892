//! The system calls that techniques are written with: one constructor a call, named as strace names it.
//!
//! A constructor gives a step that prepares; [`reach`], [`primitive`] and [`effect`] make the attempt of it, and
//! [`revert`] what takes it back.

use crate::program::{Act, Arg, Depth, Memory, Role, Step};
use std::net::Ipv4Addr;

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

/// Tells whether there is something at that path.
pub fn exists(path: &str) -> Step {
    call("faccessat", libc::SYS_faccessat, vec![HERE.into(), path.into(), libc::F_OK.into()])
}
/// A file without a name, in memory. It is shown as `/memfd:NAME`.
pub fn memory_file(name: &str) -> Step {
    call("memfd_create", libc::SYS_memfd_create, vec![name.into(), libc::MFD_CLOEXEC.into()])
}
/// The same open file under a number of one's own choice.
pub fn duplicate(file: &'static str, number: i32) -> Step {
    call("dup3", libc::SYS_dup3, vec![result(file), number.into(), 0.into()])
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
/// Writes what one file holds to another, at most 4 MiB.
pub fn copy(from: &'static str, to: &'static str) -> Step {
    call("sendfile", libc::SYS_sendfile, vec![result(to), result(from), 0.into(), (4 << 20).into()])
}
/// How long a file is.
pub fn length(file: &'static str) -> Step {
    call("lseek", libc::SYS_lseek, vec![result(file), 0.into(), libc::SEEK_END.into()])
}
/// Makes a file as long as an earlier step found it to be.
pub fn cut(file: &'static str, length: &'static str) -> Step {
    call("ftruncate", libc::SYS_ftruncate, vec![result(file), result(length)])
}
/// Takes so many bytes of the disk for a file.
pub fn allocate(file: &'static str, bytes: u64) -> Step {
    call("fallocate", libc::SYS_fallocate, vec![result(file), 0.into(), 0.into(), bytes.into()])
}
/// A second name of a file.
pub fn hard_link(of: &str, path: &str) -> Step {
    call("linkat", libc::SYS_linkat, vec![HERE.into(), of.into(), HERE.into(), path.into(), 0.into()])
}
/// Gives a file another name.
pub fn rename(from: &str, to: &str) -> Step {
    call("renameat2", libc::SYS_renameat2, vec![HERE.into(), from.into(), HERE.into(), to.into(), 0.into()])
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
/// Becomes the program that is in an open file.
pub fn exec_file(file: &'static str, arguments: &[&str]) -> Step {
    call(
        "execveat",
        libc::SYS_execveat,
        vec![
            result(file),
            "".into(),
            Memory::list(arguments).into(),
            Memory::list(&[]).into(),
            libc::AT_EMPTY_PATH.into(),
        ],
    )
}
/// Waits for a child that became a program which may not like what it was told: it ran, and ended with 0, 1 or 2.
pub fn ran(child: &'static str) -> Step {
    wait(child).let_through_by(&[5001, 5002])
}
/// Waits until it is ended.
pub fn sleep() -> Step {
    call("ppoll", libc::SYS_ppoll, vec![0.into(), 0.into(), 0.into(), 0.into(), 0.into()])
}
/// A socket.
pub fn socket(family: i32, kind: i32, protocol: i32) -> Step {
    call("socket", libc::SYS_socket, vec![family.into(), (kind | libc::SOCK_CLOEXEC).into(), protocol.into()])
}
/// An address and a port of IPv4, as the kernel wants them.
pub fn address(to: Ipv4Addr, port: u16) -> Memory {
    Memory::new().u16(libc::AF_INET as u16).raw(&port.to_be_bytes()).raw(&to.octets()).u64(0)
}
/// Connects a socket.
pub fn connect(socket: &'static str, to: Ipv4Addr, port: u16) -> Step {
    call("connect", libc::SYS_connect, vec![result(socket), address(to, port).into(), 16.into()])
}
/// Gives a socket an address of its own.
pub fn bind(socket: &'static str, to: Ipv4Addr, port: u16) -> Step {
    call("bind", libc::SYS_bind, vec![result(socket), address(to, port).into(), 16.into()])
}
/// Waits for connections, of which many may wait to be accepted.
pub fn listen(socket: &'static str) -> Step {
    call("listen", libc::SYS_listen, vec![result(socket), libc::SOMAXCONN.into()])
}
/// Sends bytes, to an address where the socket is not connected.
pub fn send(socket: &'static str, bytes: &[u8], to: Option<Memory>) -> Step {
    let count = bytes.len() as u64;
    let (to, length) = match to {
        Some(address) => (Arg::from(address.clone()), address.bytes.len() as u64),
        None => (Arg::from(0), 0),
    };
    call(
        "sendto",
        libc::SYS_sendto,
        vec![
            result(socket),
            Memory::bytes(bytes).into(),
            count.into(),
            libc::MSG_NOSIGNAL.into(),
            to,
            length.into(),
        ],
    )
}
/// How long a socket waits, to connect or to send (`SO_SNDTIMEO`) or to receive (`SO_RCVTIMEO`), in thousandths of
/// a second. A connection that is not there by then fails with `EINPROGRESS`, what is not received with `EAGAIN`.
pub fn give_up_after(socket: &'static str, option: i32, milliseconds: u32) -> Step {
    let time = Memory::new().u64(u64::from(milliseconds / 1000)).u64(u64::from(milliseconds % 1000) * 1000);
    call(
        "setsockopt",
        libc::SYS_setsockopt,
        vec![result(socket), libc::SOL_SOCKET.into(), option.into(), time.into(), 16.into()],
    )
}
/// Receives into shared memory.
pub fn receive(socket: &'static str, into: &'static str, count: usize) -> Step {
    call(
        "recvfrom",
        libc::SYS_recvfrom,
        vec![result(socket), shared(into), (count as u64).into(), 0.into(), 0.into(), 0.into()],
    )
}
/// Waits until an open file of that number can be written to, or for so many thousandths of a second; both work.
pub fn await_writable(number: i32, milliseconds: u32) -> Step {
    let file = Memory::new().u32(number.cast_unsigned()).u16(libc::POLLOUT.cast_unsigned()).u16(0);
    let time =
        Memory::new().u64(u64::from(milliseconds / 1000)).u64(u64::from(milliseconds % 1000) * 1_000_000);
    call("ppoll", libc::SYS_ppoll, vec![file.into(), 1.into(), time.into(), 0.into(), 0.into()])
}
/// How long an attempt waits for a connection on the lab's network, in thousandths of a second.
pub const PATIENCE: u32 = 250;
/// A TCP connection, as the steps of an attempt: the socket is named `socket`, and what counts is that it connects.
pub fn tcp(to: Ipv4Addr, port: u16) -> Vec<Step> {
    tcp_within(to, port, PATIENCE)
}
/// The same, with so many thousandths of a second to do it.
pub fn tcp_within(to: Ipv4Addr, port: u16, milliseconds: u32) -> Vec<Step> {
    vec![
        part(socket(libc::AF_INET, libc::SOCK_STREAM, 0)).named("socket"),
        part(give_up_after("socket", libc::SO_SNDTIMEO, milliseconds)),
        reach(connect("socket", to, port)),
    ]
}
/// A child that becomes a program, as the steps of an attempt; what counts is that it ran and ended with 0, 1 or 2.
pub fn run(path: &str, arguments: &[&str]) -> Vec<Step> {
    vec![
        part(exists(path)),
        part(child(vec![primitive(exec(path, arguments))])).named("program"),
        primitive(ran("program")),
    ]
}
/// The probe as a program of that path, which an attacker would have brought along: it is written there, run, and
/// removed. What counts is that it can be written, and more, that it runs.
pub fn drop_and_run(probe: &str, path: &str) -> Vec<Step> {
    vec![
        open(probe, libc::O_RDONLY).named("probe"),
        reach(create(path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o755)).named("dropped"),
        part(copy("probe", "dropped")),
        part(close("dropped")),
        part(child(vec![primitive(exec(path, &[path, "true"]))])).named("program"),
        primitive(wait("program")),
        revert(unlink(path)),
    ]
}
/// The name of a process, as others see it.
pub fn process_name(name: &str) -> Step {
    call("prctl", libc::SYS_prctl, vec![libc::PR_SET_NAME.into(), name.into(), 0.into(), 0.into(), 0.into()])
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
/// An operation on a process.
pub fn prctl(option: i32, value: u64) -> Step {
    call("prctl", libc::SYS_prctl, vec![option.into(), value.into(), 0.into(), 0.into(), 0.into()])
}

//! System calls, by hand.

use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicI64, Ordering};

#[cfg(target_arch = "x86_64")]
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "mov rdi, rsp", "and rsp, -16", "call {begin}", begin = sym crate::begin);
#[cfg(target_arch = "aarch64")]
global_asm!(".globl _start", "_start:", "mov x29, #0", "mov x0, sp", "bl {begin}", begin = sym crate::begin);

/// Numbers of the calls that the probe itself makes.
#[cfg(target_arch = "x86_64")]
pub mod number {
    pub const READ: i64 = 0;
    pub const WRITE: i64 = 1;
    pub const SETITIMER: i64 = 38;
    pub const FCNTL: i64 = 72;
    pub const CLONE: i64 = 56;
    pub const WAIT4: i64 = 61;
    pub const KILL: i64 = 62;
    pub const RT_SIGPROCMASK: i64 = 14;
    pub const GETPID: i64 = 39;
    pub const EXECVE: i64 = 59;
    pub const PTRACE: i64 = 101;
    pub const RT_SIGTIMEDWAIT: i64 = 128;
    pub const GETEUID: i64 = 107;
    pub const CLOCK_GETTIME: i64 = 228;
    pub const SETPGID: i64 = 109;
    pub const EXIT_GROUP: i64 = 231;
    pub const OPENAT: i64 = 257;
    pub const PPOLL: i64 = 271;
    pub const DUP3: i64 = 292;
    pub const CLOSE: i64 = 3;
    pub const SOCKET: i64 = 41;
    pub const BIND: i64 = 49;
    pub const LISTEN: i64 = 50;
    pub const ACCEPT4: i64 = 288;
    pub const UMASK: i64 = 95;
}
#[cfg(target_arch = "aarch64")]
pub mod number {
    pub const READ: i64 = 63;
    pub const WRITE: i64 = 64;
    pub const SETITIMER: i64 = 103;
    pub const FCNTL: i64 = 25;
    pub const CLONE: i64 = 220;
    pub const WAIT4: i64 = 260;
    pub const KILL: i64 = 129;
    pub const RT_SIGPROCMASK: i64 = 135;
    pub const GETPID: i64 = 172;
    pub const EXECVE: i64 = 221;
    pub const PTRACE: i64 = 117;
    pub const RT_SIGTIMEDWAIT: i64 = 137;
    pub const GETEUID: i64 = 175;
    pub const CLOCK_GETTIME: i64 = 113;
    pub const SETPGID: i64 = 154;
    pub const EXIT_GROUP: i64 = 94;
    pub const OPENAT: i64 = 56;
    pub const PPOLL: i64 = 73;
    pub const DUP3: i64 = 24;
    pub const CLOSE: i64 = 57;
    pub const SOCKET: i64 = 198;
    pub const BIND: i64 = 200;
    pub const LISTEN: i64 = 201;
    pub const ACCEPT4: i64 = 242;
    pub const UMASK: i64 = 166;
}

/// A system call: what the kernel returns, which below zero is an error's number.
pub fn call(number: i64, a: [i64; 6]) -> i64 {
    let result: i64;
    // SAFETY: the kernel checks the arguments. What it writes goes to memory that the plan laid out for it, or is
    // the attempt itself, made in a child that exists for nothing else.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a[0], in("rsi") a[1], in("rdx") a[2],
             in("r10") a[3], in("r8") a[4], in("r9") a[5], lateout("rcx") _, lateout("r11") _);
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a[0] => result, in("x1") a[1], in("x2") a[2],
             in("x3") a[3], in("x4") a[4], in("x5") a[5]);
    }
    result
}

pub fn exit(status: i32) -> ! {
    loop {
        call(number::EXIT_GROUP, [status.into(), 0, 0, 0, 0, 0]);
    }
}

pub fn effective_user() -> i64 {
    call(number::GETEUID, [0; 6])
}

pub fn sleep_for_ever() -> ! {
    loop {
        call(number::PPOLL, [0; 6]);
    }
}

/// Milliseconds since 1970; 0 where the clock is not to be read.
pub fn now() -> i64 {
    const REALTIME: i64 = 0;
    let mut time = [0i64; 2];
    call(number::CLOCK_GETTIME, [REALTIME, time.as_mut_ptr() as i64, 0, 0, 0, 0]);
    let [seconds, nanoseconds] = time;
    seconds * 1000 + nanoseconds / 1_000_000
}

/// Waits until whoever holds the other end of standard input is gone: it has nothing to say, and only a pipe or a
/// socket whose other end is closed hangs up.
pub fn wait_for_input_to_end() -> i32 {
    let input = [0u32; 2];
    call(number::PPOLL, [&raw const input as i64, 1, 0, 0, 0, 0]);
    0
}

/// Opens a file for reading. The path ends with zero.
pub fn open(path: *const u8) -> i64 {
    const HERE: i64 = -100;
    const READ_ONLY_CLOSE_ON_EXEC: i64 = 0o2_000_000;
    call(number::OPENAT, [HERE, path as i64, READ_ONLY_CLOSE_ON_EXEC, 0, 0, 0])
}

pub fn read(file: i64, into: &mut [u8]) -> i64 {
    call(number::READ, [file, into.as_mut_ptr() as i64, into.len() as i64, 0, 0, 0])
}

/// Where the report goes.
static REPORT: AtomicI64 = AtomicI64::new(1);

/// Keeps the report to the probe: attempts run programs of the image, and what those write is none of it. Standard
/// output becomes a descriptor that no program inherits, and the standard ones lead nowhere.
pub fn keep_report() {
    const DUPLICATE_CLOSE_ON_EXEC: i64 = 1030;
    const SET_FLAGS: i64 = 2;
    const CLOSE_ON_EXEC: i64 = 1;
    const HERE: i64 = -100;
    const READ_WRITE: i64 = 2;
    let report = call(number::FCNTL, [1, DUPLICATE_CLOSE_ON_EXEC, 100, 0, 0, 0]);
    let nowhere = call(number::OPENAT, [HERE, c"/dev/null".as_ptr() as i64, READ_WRITE, 0, 0, 0]);
    if report >= 0 {
        REPORT.store(report, Ordering::Relaxed);
    }
    for standard in 0..3 {
        if report < 0 || nowhere < 0 || call(number::DUP3, [nowhere, standard, 0, 0, 0, 0]) < 0 {
            call(number::FCNTL, [standard, SET_FLAGS, CLOSE_ON_EXEC, 0, 0, 0]);
        }
    }
    if nowhere > 2 {
        call(number::FCNTL, [nowhere, SET_FLAGS, CLOSE_ON_EXEC, 0, 0, 0]);
    }
}

/// Writes all of it to the report.
pub fn write(mut text: &[u8]) {
    let report = REPORT.load(Ordering::Relaxed);
    while !text.is_empty() {
        let written = call(number::WRITE, [report, text.as_ptr() as i64, text.len() as i64, 0, 0, 0]);
        if written <= 0 {
            return;
        }
        text = text.get(written as usize..).unwrap_or_default();
    }
}

/// A child with a copy of everything: 0 in the child, its process id in the parent.
pub fn fork() -> i64 {
    const SIGCHLD: i64 = 17;
    call(number::CLONE, [SIGCHLD, 0, 0, 0, 0, 0])
}

/// Waits for a child, or with -1 for any; without waiting if told so. The process id, and how it ended.
pub fn wait(child: i64, at_once: bool) -> (i64, i32) {
    const INTERRUPTED: i64 = -4;
    const WALL: i64 = 0x4000_0000;
    let mut status = 0i32;
    loop {
        let options = WALL | i64::from(at_once);
        let ended = call(number::WAIT4, [child, &raw mut status as i64, options, 0, 0, 0]);
        if ended != INTERRUPTED {
            return (ended, status);
        }
    }
}

/// A process group of its own.
pub fn lead() {
    call(number::SETPGID, [0; 6]);
}

/// Ends a process, or below zero a whole group.
pub fn kill(process: i64) {
    const SIGKILL: i64 = 9;
    call(number::KILL, [process, SIGKILL, 0, 0, 0, 0]);
}

/// Ends this process in so many seconds.
pub fn end_in(seconds: u32) {
    const REAL: i64 = 0;
    let timer = [0i64, 0, seconds.into(), 0];
    call(number::SETITIMER, [REAL, timer.as_ptr() as i64, 0, 0, 0, 0]);
}

pub fn close(file: i64) {
    call(number::CLOSE, [file, 0, 0, 0, 0, 0]);
}

/// A Unix socket that listens at a path, for root and the group of this process; below zero an error. The path ends
/// with zero.
pub fn listen(path: *const u8) -> i64 {
    const UNIX: i64 = 1;
    const STREAM: i64 = 1;
    const LONGEST: usize = 108;
    let mut address = [0u8; 2 + LONGEST];
    address[0] = 1;
    for (index, slot) in address.iter_mut().skip(2).enumerate() {
        // SAFETY: the path ends with zero, and reading stops there.
        *slot = unsafe { *path.add(index) };
        if *slot == 0 {
            break;
        }
    }
    call(number::UMASK, [0o117, 0, 0, 0, 0, 0]);
    let socket = call(number::SOCKET, [UNIX, STREAM, 0, 0, 0, 0]);
    let bound = call(number::BIND, [socket, address.as_ptr() as i64, address.len() as i64, 0, 0, 0]);
    let listening = call(number::LISTEN, [socket, 128, 0, 0, 0, 0]);
    [socket, bound, listening].into_iter().find(|result| *result < 0).unwrap_or(socket)
}

/// The next connection to a socket that listens.
pub fn accept(socket: i64) -> i64 {
    call(number::ACCEPT4, [socket, 0, 0, 0, 0, 0])
}

/// Writes to a file or socket what fits.
pub fn send(file: i64, text: &[u8]) {
    call(number::WRITE, [file, text.as_ptr() as i64, text.len() as i64, 0, 0, 0]);
}

//! `probe trace PROGRAM ARGUMENT…`: runs a program, and says at its end which system calls it and its children made.
//!
//! Signals that are meant for the program are handed on to it, so that it can be told to read its settings again and
//! to stop.

use crate::sys::{self, call, number};
use crate::work::Line;

/// The highest system call that is remembered, plus one.
const CALLS: usize = 1024;
/// The longest path that is tried.
const LONGEST: usize = 512;

const TRACEME: i64 = 0;
const SYSCALL: i64 = 24;
const SETOPTIONS: i64 = 0x4200;
const GET_SYSCALL_INFO: i64 = 0x420e;
/// Tell system calls from signals; follow fork, vfork, clone and exec; end with the tracer.
const OPTIONS: i64 = 1 | 2 | 4 | 8 | 16 | 0x10_0000;

const SIGSTOP: i64 = 19;
const SIGTRAP: i32 = 5;
const SIGCHLD: i64 = 17;

/// Runs the program whose arguments stand there, the first of them its name; `environment` are its variables.
pub fn run(arguments: *const *const u8, environment: *const *const u8) -> i32 {
    // What may come from outside is waited for, beside what happens to the program.
    let waited: u64 =
        [1i64, 2, 3, 10, 12, 15, SIGCHLD, 28].iter().fold(0, |set, signal| set | 1 << (signal - 1));
    call(number::RT_SIGPROCMASK, [0, &raw const waited as i64, 0, 8, 0, 0]);
    let child = sys::fork();
    if child == 0 {
        call(number::PTRACE, [TRACEME, 0, 0, 0, 0, 0]);
        call(number::KILL, [call(number::GETPID, [0; 6]), SIGSTOP, 0, 0, 0, 0]);
        let none = 0u64;
        call(number::RT_SIGPROCMASK, [2, &raw const none as i64, 0, 8, 0, 0]);
        become_it(arguments, environment);
        sys::exit(127);
    }
    if child < 0 {
        return 71;
    }
    sys::wait(child, false);
    call(number::PTRACE, [SETOPTIONS, child, 0, OPTIONS, 0, 0]);
    call(number::PTRACE, [SYSCALL, child, 0, 0, 0, 0]);
    let mut made = [false; CALLS];
    let status = loop {
        let (process, status) = sys::wait(-1, true);
        if process <= 0 {
            // Nothing has happened to the program: wait for a signal, its own or one to be handed on.
            let signal = call(number::RT_SIGTIMEDWAIT, [&raw const waited as i64, 0, 0, 8, 0, 0]);
            if signal > 0 && signal != SIGCHLD {
                call(number::KILL, [child, signal, 0, 0, 0, 0]);
            }
            continue;
        }
        let stopped = status & 0xff == 0x7f;
        if !stopped && process == child {
            break status;
        }
        if stopped {
            go_on(process, status >> 8, &mut made);
        }
    };
    say(&made);
    match status & 0x7f {
        0 => status >> 8 & 0xff,
        signal => 128 + signal,
    }
}

/// One stop of a process: a system call is noted, a signal is delivered.
fn go_on(process: i64, stop: i32, made: &mut [bool; CALLS]) {
    const OF_SYSCALL: i32 = SIGTRAP | 0x80;
    const ENTRY: u8 = 1;
    let mut deliver = 0i64;
    match stop {
        OF_SYSCALL => {
            let mut info = [0u8; 88];
            call(number::PTRACE, [GET_SYSCALL_INFO, process, 88, info.as_mut_ptr() as i64, 0, 0]);
            let number =
                info.get(24..32).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
            if info.first() == Some(&ENTRY)
                && let Some(slot) = made.get_mut(number as usize)
            {
                *slot = true;
            }
        }
        // An event of the tracer's own, or the first stop of a new process.
        stop if stop & 0xff == SIGTRAP || i64::from(stop) == SIGSTOP => {}
        signal => deliver = signal.into(),
    }
    call(number::PTRACE, [SYSCALL, process, 0, deliver, 0, 0]);
}

/// Becomes the program: by its path, or looked for as a shell does.
fn become_it(arguments: *const *const u8, environment: *const *const u8) {
    // SAFETY: the kernel made both lists; they end with null, and each text in them with zero.
    let text = |list: *const *const u8, index: usize| unsafe { *list.add(index) };
    let name = text(arguments, 0);
    if name.is_null() {
        return;
    }
    // SAFETY: as above.
    let at = |text: *const u8, index: usize| unsafe { *text.add(index) };
    let length = |text: *const u8| (0..).find(|index| at(text, *index) == 0).unwrap_or(0);
    let run = |path: *const u8| {
        call(number::EXECVE, [path as i64, arguments as i64, environment as i64, 0, 0, 0]);
    };
    if (0..length(name)).any(|index| at(name, index) == b'/') {
        return run(name);
    }
    let mut variable = (0..).map(|index| text(environment, index)).take_while(|text| !text.is_null());
    let begins =
        |text: &*const u8| b"PATH=".iter().enumerate().all(|(index, byte)| at(*text, index) == *byte);
    let Some(paths) = variable.find(begins) else { return };
    let (mut path, mut used) = ([0u8; LONGEST], 0);
    for index in 5.. {
        let byte = at(paths, index);
        if byte != b':' && byte != 0 {
            if let Some(slot) = path.get_mut(used) {
                *slot = byte;
                used += 1;
            }
            continue;
        }
        if used + 2 + length(name) < LONGEST {
            path[used] = b'/';
            for offset in 0..=length(name) {
                path[used + 1 + offset] = at(name, offset);
            }
            run(path.as_ptr());
        }
        used = 0;
        if byte == 0 {
            return;
        }
    }
}

/// `called NUMBER` for each system call that was made.
fn say(made: &[bool; CALLS]) {
    for (number, _) in made.iter().enumerate().filter(|(_, made)| **made) {
        Line::new().word(b"called").number(number as i64).write();
    }
}

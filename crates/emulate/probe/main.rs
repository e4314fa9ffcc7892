//! The probe: goes through a plan of system calls and reports what each returned.
//!
//! It runs inside a clone, where there may be no shell, no library, no file that can be written and no right to
//! anything. So it needs nothing but a dozen system calls, all of which every program needs: it is loaded, reads its
//! plan, forks, waits, writes, ends.
//!
//! `probe PLAN` runs each program of the plan in a child of its own, so that one attempt cannot change the next one.
//! It writes lines: `PROGRAM at MILLISECONDS` when one begins, `PROGRAM STEP RESULT` for each step, `PROGRAM end
//! STATUS` for each program, with what `wait4` says of its child, and `done` at the end; `failed NUMBER` when it cannot go on.
//! `probe read NAME` takes the plan from standard input instead; the name is there to be seen.
//! `probe enter PLAN` runs the first program itself, and takes it from standard input where the plan is `-`: its steps make a clone and then become the probe in it.
//! `probe trace PROGRAM ARGUMENT…` runs a program and says which system calls it made.
//! `probe root` ends with 0 if it runs as root, for setuid attempts; `probe sleep` only waits,
//! `probe wait` until whoever holds the other end of its standard input is gone;
//! `probe true` only ends, whatever else it is told. `probe stub PATH` stands for the socket of a container runtime.

#![no_std]
#![no_main]
#![no_builtins] // else the loops of `memory` become calls of themselves

mod memory;
mod stub;
mod sys;
mod trace;
mod work;

use core::panic::PanicInfo;

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    sys::exit(70)
}

/// What the kernel left on the stack: the number of arguments, then their addresses.
///
/// # Safety
/// Called once, by `_start`, with the stack as the kernel made it.
#[unsafe(no_mangle)]
unsafe extern "C" fn begin(stack: *const usize) -> ! {
    // SAFETY: the kernel puts argc there, and behind it as many addresses of texts that end with zero.
    let argument = |index: usize| unsafe {
        if index < *stack { Some(*stack.add(1 + index) as *const u8) } else { None }
    };
    // SAFETY: behind the arguments and a null stand the variables.
    let (program, variables) = unsafe { (stack.add(3).cast(), stack.add(2 + *stack).cast()) };
    let status = match (argument(1), argument(2)) {
        (Some(word), Some(_)) if is(word, b"trace\0") => trace::run(program, variables),
        (Some(word), None) if is(word, b"root\0") => i32::from(sys::effective_user() != 0),
        (Some(word), _) if is(word, b"true\0") => 0,
        (Some(word), None) if is(word, b"sleep\0") => sys::sleep_for_ever(),
        (Some(word), None) if is(word, b"wait\0") => sys::wait_for_input_to_end(),
        (Some(word), Some(_)) if is(word, b"read\0") => work::attempts(STANDARD_INPUT.as_ptr()),
        (Some(word), Some(path)) if is(word, b"stub\0") => stub::serve(path),
        (Some(plan), None) => work::attempts(plan),
        (Some(word), Some(plan)) if is(word, b"enter\0") => work::enter(plan),
        _ => 64,
    };
    sys::exit(status)
}

/// As the path of a plan: what standard input brings, and no more of it than the plan.
pub const STANDARD_INPUT: &[u8] = b"-\0";

/// Is the text that word?
pub fn is(text: *const u8, word: &[u8]) -> bool {
    // SAFETY: the text ends with zero, as the word does, so that the comparison stops before its end.
    word.iter().enumerate().all(|(index, &byte)| unsafe { *text.add(index) } == byte)
}

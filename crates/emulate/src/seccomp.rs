//! System call filters: a profile as the OCI runtime specification writes it becomes the program that the kernel
//! runs on each call, with the verdicts that runc and libseccomp give.
//!
//! Calls of another architecture than this one's get the profile's default action where it lists that architecture,
//! and end the process where it does not: attempts make native calls alone.

mod calls;

use crate::program::Memory;
use crate::spec::{Argument, Profile, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// This architecture, as the OCI runtime specification names it.
pub fn architecture() -> &'static str {
    NATIVE.1
}

/// The name of a system call of this architecture.
pub fn name(number: u32) -> Option<&'static str> {
    calls::name(number)
}

/// One instruction of the kernel's packet filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it does.
    pub code: u16,
    /// How many instructions to pass over when the condition holds.
    pub if_so: u8,
    /// And when it does not.
    pub if_not: u8,
    /// Its number.
    pub value: u32,
}

const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP: u16 = 0x05;
const EQUAL: u16 = 0x15;
const ABOVE: u16 = 0x25;
const AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

const KILL_PROCESS: u32 = 0x8000_0000;
const KILL_THREAD: u32 = 0;
const TRAP: u32 = 0x0003_0000;
const ERRNO: u32 = 0x0005_0000;
const TRACE: u32 = 0x7ff0_0000;
const LOG: u32 = 0x7ffc_0000;
const ALLOW: u32 = 0x7fff_0000;

/// The bit in the number of a call of the x32 architecture.
const X32: u32 = 0x4000_0000;
/// The most instructions that the kernel takes.
const LONGEST: usize = 4096;

/// This architecture: the kernel's number and the specification's name.
const NATIVE: (u32, &str) = if cfg!(target_arch = "aarch64") {
    (0xc000_00b7, "SCMP_ARCH_AARCH64")
} else {
    (0xc000_003e, "SCMP_ARCH_X86_64")
};
/// The other one that the same machine may run.
const FOREIGN: (u32, &str) = if cfg!(target_arch = "aarch64") {
    (0x4000_0028, "SCMP_ARCH_ARM")
} else {
    (0x4000_0003, "SCMP_ARCH_X86")
};

/// The program of a profile.
///
/// # Errors
/// The profile asks for what is not known, or is too long: what, in a sentence.
pub fn compile(profile: &Profile) -> Result<Vec<Instruction>, String> {
    let default = action(&profile.default_action, profile.default_errno_ret)?;
    let listed = |name: &str| profile.architectures.iter().any(|known| known == name);
    let (calls, last) = rules(profile, default)?;
    let elsewhere = give(if listed(FOREIGN.1) { default } else { KILL_THREAD });
    let mut out = vec![
        load(ARCHITECTURE),
        when(EQUAL, NATIVE.0, 3, 0),
        when(EQUAL, FOREIGN.0, 0, 1),
        elsewhere,
        give(KILL_THREAD),
        load(NUMBER),
    ];
    if cfg!(target_arch = "x86_64") {
        let given = if listed("SCMP_ARCH_X32") { default } else { KILL_THREAD };
        out.extend([when(AT_LEAST, X32, 0, 1), give(given)]);
    }
    // A kernel younger than the profile has calls of which its author had not heard. That they do not exist is an
    // answer that programs can live with, and the one that runc gives.
    let lenient = [ALLOW, LOG, TRACE].contains(&(default & 0xffff_0000));
    if let Some(last) = last
        && !lenient
    {
        out.extend([when(ABOVE, last, 0, 1), give(ERRNO | libc::ENOSYS.cast_unsigned())]);
    }
    for (end, ways) in runs(&calls) {
        let body = body(&ways, default);
        out.push(when(ABOVE, end, 0, 1));
        out.push(Instruction { code: JUMP, if_so: 0, if_not: 0, value: length(body.len()) });
        out.extend(body);
    }
    out.push(give(default));
    if out.len() > LONGEST {
        return Err(format!("a filter of {} instructions, and the kernel takes {LONGEST}", out.len()));
    }
    Ok(out)
}

/// The filter as `struct sock_fprog` has it: how many instructions, and where they are.
pub fn memory(program: &[Instruction]) -> Memory {
    let mut bytes = Vec::new();
    for instruction in program {
        bytes.extend(instruction.code.to_ne_bytes());
        bytes.extend([instruction.if_so, instruction.if_not]);
        bytes.extend(instruction.value.to_ne_bytes());
    }
    // Its length fits: `compile` bounds it.
    Memory::new().u64(program.len() as u64).pointer(Memory::bytes(bytes))
}

/// One way in which a call gets an action: all of the conditions hold.
#[derive(Clone, Debug, PartialEq)]
struct Way {
    conditions: Vec<Condition>,
    action: u32,
}

/// A comparison of an argument: its index, how, the mask before it, and with what.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Condition {
    index: u32,
    test: Test,
    mask: u64,
    value: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Test {
    Equal,
    NotEqual,
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// The ways of each call, and the greatest number that a rule names.
type Rules = (BTreeMap<u32, Vec<Way>>, Option<u32>);

fn rules(profile: &Profile, default: u32) -> Result<Rules, String> {
    let (mut calls, mut last): Rules = (BTreeMap::new(), None);
    for rule in &profile.syscalls {
        let given = action(&rule.action, rule.errno_ret)?;
        let ways = ways(rule, given)?;
        // A name that is not known is of another architecture or of a younger kernel.
        for number in rule.names.iter().filter_map(|name| calls::number(name)) {
            last = last.max(Some(number));
            // As in libseccomp, a rule that says what holds anyway is none.
            if given != default {
                calls.entry(number).or_default().extend(ways.iter().cloned());
            }
        }
    }
    // What asks nothing of the arguments comes before what does.
    for ways in calls.values_mut() {
        if let Some(all) = ways.iter().find(|way| way.conditions.is_empty()).cloned() {
            *ways = vec![all];
        }
    }
    Ok((calls, last))
}

/// The ways of a rule. As runc has it, two conditions on one argument make a way of each condition.
fn ways(rule: &Rule, action: u32) -> Result<Vec<Way>, String> {
    let conditions: Vec<Condition> = rule.args.iter().map(condition).collect::<Result<_, _>>()?;
    let indexes: BTreeSet<u32> = conditions.iter().map(|condition| condition.index).collect();
    if indexes.len() < conditions.len() {
        return Ok(conditions.into_iter().map(|one| Way { conditions: vec![one], action }).collect());
    }
    Ok(vec![Way { conditions, action }])
}

fn condition(argument: &Argument) -> Result<Condition, String> {
    if argument.index > 5 {
        return Err(format!("a condition on argument {}; they are numbered from 0 to 5", argument.index));
    }
    let (test, mask, value) = match argument.op.as_str() {
        "SCMP_CMP_NE" => (Test::NotEqual, u64::MAX, argument.value),
        "SCMP_CMP_LT" => (Test::Below, u64::MAX, argument.value),
        "SCMP_CMP_LE" => (Test::AtMost, u64::MAX, argument.value),
        "SCMP_CMP_EQ" => (Test::Equal, u64::MAX, argument.value),
        "SCMP_CMP_GE" => (Test::AtLeast, u64::MAX, argument.value),
        "SCMP_CMP_GT" => (Test::Above, u64::MAX, argument.value),
        "SCMP_CMP_MASKED_EQ" => (Test::Equal, argument.value, argument.value_two),
        other => return Err(format!("the comparison {other}, which is not known")),
    };
    Ok(Condition { index: argument.index, test, mask, value })
}

fn action(name: &str, errno: Option<u32>) -> Result<u32, String> {
    let errno = || errno.unwrap_or(libc::EPERM.cast_unsigned()) & 0xffff;
    Ok(match name {
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => KILL_THREAD,
        "SCMP_ACT_KILL_PROCESS" => KILL_PROCESS,
        "SCMP_ACT_TRAP" => TRAP,
        "SCMP_ACT_ERRNO" => ERRNO | errno(),
        "SCMP_ACT_TRACE" => TRACE | errno(),
        "SCMP_ACT_LOG" => LOG,
        "SCMP_ACT_ALLOW" => ALLOW,
        other => return Err(format!("the action {other}, which cannot be given to a clone")),
    })
}

/// Numbers from 0 on, up to the last that has a rule, in runs that have the same ways: the end of each, and these.
fn runs(calls: &BTreeMap<u32, Vec<Way>>) -> Vec<(u32, Vec<Way>)> {
    let mut runs: Vec<(u32, Vec<Way>)> = Vec::new();
    let mut next = 0;
    let mut push = |end: u32, ways: &[Way]| match runs.last_mut() {
        Some((last, before)) if before == ways => *last = end,
        _ => runs.push((end, ways.to_vec())),
    };
    for (&number, ways) in calls {
        if number > next {
            push(number - 1, &[]);
        }
        push(number, ways);
        next = number + 1;
    }
    runs
}

/// What is done with a call: the first way whose conditions hold, or the default.
fn body(ways: &[Way], default: u32) -> Vec<Instruction> {
    let mut out = Vec::new();
    for way in ways {
        let tests: Vec<Vec<Instruction>> = way.conditions.iter().map(|one| test(*one)).collect();
        let mut rest = tests.iter().map(Vec::len).sum::<usize>() + 1;
        for test in tests {
            rest -= test.len();
            // Where it does not hold, the rest of this way is passed over.
            let end = test.len();
            out.extend(test.into_iter().enumerate().map(|(at, mut instruction)| {
                let miss = u8::try_from(end - at - 1 + rest).unwrap_or(u8::MAX);
                let hit = u8::try_from(end - at - 1).unwrap_or(u8::MAX);
                for to in [&mut instruction.if_so, &mut instruction.if_not] {
                    *to = match *to {
                        MISS => miss,
                        HIT => hit,
                        other => other,
                    };
                }
                instruction
            }));
        }
        out.push(give(way.action));
    }
    if !ways.iter().any(|way| way.conditions.is_empty()) {
        out.push(give(default));
    }
    out
}

/// Where a test goes when it holds and when it does not, until it is known how far that is.
const HIT: u8 = 254;
const MISS: u8 = 255;

/// A comparison of 64 bits, of which the upper ones are decided first.
fn test(condition: Condition) -> Vec<Instruction> {
    let at = ARGUMENTS + condition.index * 8;
    let (low, high) = if cfg!(target_endian = "big") { (at + 4, at) } else { (at, at + 4) };
    let half = |value: u64| (value >> 32) as u32;
    let whole = |value: u64| value as u32;
    let and = |value| Instruction { code: AND, if_so: 0, if_not: 0, value };
    let (value, mask) = (condition.value, condition.mask);
    let upper = [load(high), and(half(mask))];
    let lower = [load(low), and(whole(mask))];
    let (first, second): (Vec<Instruction>, Instruction) = match condition.test {
        Test::Equal => (vec![when(EQUAL, half(value), 0, MISS)], when(EQUAL, whole(value), HIT, MISS)),
        Test::NotEqual => (vec![when(EQUAL, half(value), 0, HIT)], when(EQUAL, whole(value), MISS, HIT)),
        Test::Above | Test::AtLeast => {
            let code = if condition.test == Test::Above { ABOVE } else { AT_LEAST };
            let first = vec![when(ABOVE, half(value), HIT, 0), when(EQUAL, half(value), 0, MISS)];
            (first, when(code, whole(value), HIT, MISS))
        }
        Test::Below | Test::AtMost => {
            let code = if condition.test == Test::Below { AT_LEAST } else { ABOVE };
            let first = vec![when(ABOVE, half(value), MISS, 0), when(EQUAL, half(value), 0, HIT)];
            (first, when(code, whole(value), MISS, HIT))
        }
    };
    upper.into_iter().chain(first).chain(lower).chain([second]).collect()
}

fn load(from: u32) -> Instruction {
    Instruction { code: LOAD, if_so: 0, if_not: 0, value: from }
}
fn when(code: u16, value: u32, if_so: u8, if_not: u8) -> Instruction {
    Instruction { code, if_so, if_not, value }
}
fn give(action: u32) -> Instruction {
    Instruction { code: RETURN, if_so: 0, if_not: 0, value: action }
}
fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

//! The program that makes the attempts, and what it reports.

use std::collections::BTreeMap;

/// The static program; empty where attempts cannot be made at all.
pub const PROBE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/probe"));

/// The most of a report that is read, in bytes.
pub const LONGEST: usize = 4 << 20;

/// What became of one program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// When it began, in milliseconds since 1970 by the clone's clock; nothing where it did not.
    pub began: Option<i64>,
    /// What each step returned, by its index; a step that was not reached has nothing.
    pub results: BTreeMap<u8, i64>,
    /// How its process ended; nothing: it had not ended when the report did.
    pub end: Option<End>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With that status.
    Exit(i32),
    /// By that signal.
    Signal(i32),
}

/// What a step returned, for a person and for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// It worked, and returned that.
    Worked(i64),
    /// The kernel refused with that error number.
    Errno(i32),
    /// The memory did not hold what it must.
    Differs,
    /// The child that was waited for ended with that status.
    Status(i32),
    /// The child that was waited for was ended by that signal.
    Killed(i32),
}

impl Returned {
    /// From the number that the probe writes.
    pub fn of(number: i64) -> Returned {
        let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        match number {
            0.. => Returned::Worked(number),
            -4094..0 => Returned::Errno(small(-number)),
            -5000..-4094 => Returned::Differs,
            -6000..-5000 => Returned::Status(small(-number - 5000)),
            _ => Returned::Killed(small((-6000i64).saturating_sub(number))),
        }
    }
}

/// What a probe wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What became of each program, in the order of the plan.
    pub programs: Vec<Observed>,
    /// What went wrong with the probe itself.
    pub failed: Option<i64>,
    /// Did it come to its end?
    pub whole: bool,
}

impl Report {
    /// Reads a report of a plan with so many programs. Lines that are none of the probe's are passed over: the clone
    /// that it runs in belongs to somebody else.
    pub fn read(text: &[u8], programs: usize) -> Report {
        let mut report = Report { programs: vec![Observed::default(); programs], ..Report::default() };
        for line in text.get(..LONGEST.min(text.len())).unwrap_or_default().split(|&byte| byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else { continue };
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["done"] => report.whole = true,
                ["failed", error] => report.failed = error.parse().ok(),
                [program, "at", time] => {
                    let time = time.parse().ok();
                    if let Some(program) = find(&mut report, program) {
                        program.began = time;
                    }
                }
                [program, "end", status] => {
                    let status = status.parse::<i32>().ok();
                    let (Some(program), Some(status)) = (find(&mut report, program), status) else {
                        continue;
                    };
                    program.end = Some(match status & 0x7f {
                        0 => End::Exit(status >> 8 & 0xff),
                        signal => End::Signal(signal),
                    });
                }
                [program, step, result] => {
                    let (step, result) = (step.parse(), result.parse());
                    let (Some(program), Ok(step), Ok(result)) = (find(&mut report, program), step, result)
                    else {
                        continue;
                    };
                    program.results.insert(step, result);
                }
                _ => {}
            }
        }
        report
    }
}

fn find<'r>(report: &'r mut Report, program: &str) -> Option<&'r mut Observed> {
    report.programs.get_mut(program.parse::<usize>().ok()?)
}

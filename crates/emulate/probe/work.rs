//! Going through a plan. Its form is that of `program::encode`.

use crate::sys;

/// The longest plan, as `program.rs` bounds it.
const PLAN: usize = 2 << 20;
/// Memory of one program, as `program.rs` bounds it.
const ARENA: usize = 256 << 10;
/// Steps of one program, likewise.
const STEPS: usize = 250;

/// Memory that only one process without threads uses.
#[repr(C, align(4096))]
struct Static<const N: usize>(core::cell::UnsafeCell<[u8; N]>);
// SAFETY: the probe has one thread.
unsafe impl<const N: usize> Sync for Static<N> {}

static PLAN_BYTES: Static<PLAN> = Static(core::cell::UnsafeCell::new([0; PLAN]));
static ARENA_BYTES: Static<ARENA> = Static(core::cell::UnsafeCell::new([0; ARENA]));

/// What a step returned that was not reached, or whose argument is the result of a step that failed.
const SKIPPED: i64 = -4096;
/// What a comparison returns that fails: the plan's own error, which no kernel gives.
const DIFFERS: i64 = -4095;

/// With what a child ends that did not do all of its steps.
const UNFINISHED: i32 = 99;

/// The role of a step that takes back.
const REVERT: u8 = 2;

/// Reads numbers of a plan; past its end there are zeros, and `whole` says so.
struct Reader {
    bytes: &'static [u8],
    at: usize,
    whole: bool,
}

impl Reader {
    fn take(&mut self, count: usize) -> &'static [u8] {
        match self.bytes.get(self.at..).and_then(|rest| rest.get(..count)) {
            Some(bytes) => {
                self.at += count;
                bytes
            }
            None => {
                self.whole = false;
                &[]
            }
        }
    }
    fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }
    fn u32(&mut self) -> u32 {
        self.take(4).try_into().map_or(0, u32::from_le_bytes)
    }
    fn i64(&mut self) -> i64 {
        self.take(8).try_into().map_or(0, i64::from_le_bytes)
    }
    fn part(&mut self, count: usize) -> Reader {
        let bytes = self.take(count);
        Reader { bytes, at: 0, whole: bytes.len() == count }
    }
}

/// Runs every program of the plan, each in a child.
pub fn attempts(path: *const u8) -> i32 {
    let Some((mut plan, seconds, count)) = load(path) else { return 65 };
    sys::keep_report();
    for index in 0..count {
        let length = plan.u32() as usize;
        let program = plan.part(length);
        if !plan.whole {
            return fail(65);
        }
        Line::of(index.into()).word(b"at").number(sys::now()).write();
        let child = sys::fork();
        if child == 0 {
            sys::lead();
            sys::end_in(seconds);
            sys::exit(run(index, program, &mut [SKIPPED; STEPS]));
        }
        if child < 0 {
            fail(child);
            continue;
        }
        let (_, status) = sys::wait(child, false);
        sys::kill(-child);
        while sys::wait(-1, true).0 > 0 {}
        Line::of(index.into()).word(b"end").number(status.into()).write();
    }
    sys::write(b"done\n");
    0
}

/// Runs the first program in this process.
pub fn enter(path: *const u8) -> i32 {
    let Some((mut plan, _, _)) = load(path) else { return 65 };
    let length = plan.u32() as usize;
    let program = plan.part(length);
    run(u32::MAX, program, &mut [SKIPPED; STEPS])
}

/// Reads the plan: the rest of it, the seconds that an attempt may take, and how many programs there are.
fn load(path: *const u8) -> Option<(Reader, u32, u32)> {
    let file = if crate::is(path, crate::STANDARD_INPUT) { 0 } else { sys::open(path) };
    if file < 0 {
        fail(file);
        return None;
    }
    // SAFETY: nothing else has a reference to it: this runs once, before any program does.
    let plan: &'static mut [u8] = unsafe { &mut *PLAN_BYTES.0.get() };
    // Behind a plan that comes by standard input there may be another one.
    let length = if file == 0 { fill_plan(plan)? } else { fill(file, plan, 0, PLAN)? };
    let mut reader = Reader { bytes: plan.get(..length)?, at: 0, whole: true };
    let (magic, seconds, count) = (reader.take(4), reader.u32(), reader.u32());
    if magic != b"TYR1" || !reader.whole {
        fail(0);
        return None;
    }
    Some((reader, seconds, count))
}

/// Reads until there are so many bytes of the plan or the file ends; how many there are.
fn fill(file: i64, plan: &mut [u8], mut length: usize, wanted: usize) -> Option<usize> {
    while length < wanted {
        let count = sys::read(file, plan.get_mut(length..wanted)?);
        if count < 0 {
            fail(count);
            return None;
        }
        if count == 0 {
            break;
        }
        length += count as usize;
    }
    Some(length)
}

/// Reads a plan from standard input, and nothing behind it.
fn fill_plan(plan: &mut [u8]) -> Option<usize> {
    const HEAD: usize = 12;
    let number = |plan: &[u8], at: usize| Some(u32::from_le_bytes(plan.get(at..at + 4)?.try_into().ok()?));
    let mut length = fill(0, plan, 0, HEAD)?;
    for _ in 0..number(plan, 8)? {
        length = fill(0, plan, length, length + 4)?;
        let program = number(plan, length.checked_sub(4)?)? as usize;
        length = fill(0, plan, length, length.checked_add(program)?)?;
    }
    Some(length)
}

fn fail(error: i64) -> i32 {
    Line::new().word(b"failed").number(error).write();
    65
}

/// Lays out the program's memory and goes through its steps.
fn run(index: u32, mut program: Reader, results: &mut [i64; STEPS]) -> i32 {
    let (length, relocations, steps) = (program.u32() as usize, program.u32(), program.u32());
    // SAFETY: this process runs one program, and only its system calls use the memory from here on.
    let arena: &mut [u8; ARENA] = unsafe { &mut *ARENA_BYTES.0.get() };
    let memory = program.take(length);
    let Some(place) = arena.get_mut(..memory.len()) else { return fail(0) };
    place.copy_from_slice(memory);
    let base = arena.as_mut_ptr() as i64;
    for _ in 0..relocations {
        let (at, to) = (program.u32() as usize, program.u32());
        let Some(field) = arena.get_mut(at..at + 8) else { return fail(0) };
        field.copy_from_slice(&(base + i64::from(to)).to_ne_bytes());
    }
    let whole = go(index, &mut program, steps, results, base);
    i32::from(!whole)
}

/// Goes through steps until one fails, then only through those that take back. Did all work?
fn go(index: u32, program: &mut Reader, steps: u32, results: &mut [i64; STEPS], base: i64) -> bool {
    let mut failed = false;
    for _ in 0..steps {
        let (role, step, result) = one(index, program, results, base, failed);
        if !program.whole {
            fail(0);
            return false;
        }
        if result != SKIPPED {
            Line::of(index.into()).number(step.into()).number(result).write();
        }
        failed |= result < 0 && role != REVERT;
    }
    !failed
}

/// One step: its role, its index and its result.
fn one(
    index: u32,
    program: &mut Reader,
    results: &mut [i64; STEPS],
    base: i64,
    failed: bool,
) -> (u8, u8, i64) {
    let (step, role, errors) = (program.u8(), program.u8(), program.u8());
    let mut let_through = [0i64; 8];
    for place in 0..errors {
        let error = program.u32();
        if let Some(slot) = let_through.get_mut(usize::from(place)) {
            *slot = -i64::from(error);
        }
    }
    let skip = failed && role != REVERT;
    let known = |results: &[i64; STEPS], name: u8| results.get(usize::from(name)).copied().unwrap_or(SKIPPED);
    let mut result = match program.u8() {
        0 => {
            let (number, count) = (program.i64(), program.u8());
            let (mut arguments, mut missing) = ([0i64; 6], false);
            for place in 0..count {
                let (kind, value) = (program.u8(), program.i64());
                let value = match kind {
                    0 => value,
                    1 => base + value,
                    _ => known(results, value as u8),
                };
                missing |= kind == 2 && value < 0;
                if let Some(slot) = arguments.get_mut(usize::from(place)) {
                    *slot = value;
                }
            }
            if skip || missing { SKIPPED } else { sys::call(number, arguments) }
        }
        1 => {
            let (count, length) = (program.u8(), program.u32() as usize);
            let mut inner = program.part(length);
            if skip { SKIPPED } else { child(index, &mut inner, count.into(), results, base) }
        }
        2 => {
            let process = known(results, program.u8());
            if skip || process <= 0 { SKIPPED } else { ended(process) }
        }
        3 => {
            let (at, expected, length) = (program.u32(), program.u32(), program.u32());
            if skip { SKIPPED } else { compare(base, at, expected, length) }
        }
        _ => {
            let (times, length) = (program.u32(), program.u32() as usize);
            let from = program.at;
            let mut last = 0;
            for _ in 0..times {
                program.at = from;
                last = one(index, program, results, base, skip).2;
                if last < 0 {
                    break;
                }
            }
            program.at = from + length;
            last
        }
    };
    if let_through.contains(&result) && result < 0 {
        result = 0;
    }
    if let Some(slot) = results.get_mut(usize::from(step)) {
        *slot = result;
    }
    (role, step, result)
}

/// Forks; the child goes through the steps and ends, if it did not do all of them with a status that programs seldom
/// have.
fn child(index: u32, inner: &mut Reader, count: u32, results: &mut [i64; STEPS], base: i64) -> i64 {
    let child = sys::fork();
    if child == 0 {
        let whole = go(index, inner, count, results, base);
        sys::exit(if whole { 0 } else { UNFINISHED });
    }
    child
}

/// How a child ended: 0 where it did all that it should, below -5000 with its exit status, below -6000 with the
/// signal that ended it.
fn ended(process: i64) -> i64 {
    let (ended, status) = sys::wait(process, false);
    match (status & 0x7f, status >> 8 & 0xff) {
        _ if ended < 0 => ended,
        (0, 0) => 0,
        (0, status) => -5000 - i64::from(status),
        (signal, _) => -6000 - i64::from(signal),
    }
}

/// Does the memory hold what it must?
fn compare(base: i64, at: u32, expected: u32, length: u32) -> i64 {
    let inside = |at: u32| (at as usize).checked_add(length as usize).is_some_and(|end| end <= ARENA);
    if !inside(at) || !inside(expected) {
        return DIFFERS;
    }
    // SAFETY: both lie in the arena, which a system call may just have filled.
    let same = (0..length as i64).all(|offset| unsafe {
        let (left, right) = (
            (base + i64::from(at) + offset) as *const u8,
            (base + i64::from(expected) + offset) as *const u8,
        );
        left.read_volatile() == right.read_volatile()
    });
    if same { 0 } else { DIFFERS }
}

/// A line of the report.
pub struct Line(([u8; 64], usize));

impl Line {
    pub fn new() -> Line {
        Line(([0; 64], 0))
    }
    fn of(number: i64) -> Line {
        Line::new().number(number)
    }
    fn push(&mut self, byte: u8) {
        let (bytes, length) = &mut self.0;
        if let Some(slot) = bytes.get_mut(*length) {
            *slot = byte;
            *length += 1;
        }
    }
    pub fn word(mut self, word: &[u8]) -> Line {
        if self.0.1 > 0 {
            self.push(b' ');
        }
        word.iter().for_each(|&byte| self.push(byte));
        self
    }
    pub fn number(self, number: i64) -> Line {
        let (mut digits, mut at) = ([0u8; 20], 20);
        let mut rest = number.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        self.word(digits.get(at..).unwrap_or_default())
    }
    pub fn write(mut self) {
        self.push(b'\n');
        sys::write(self.0.0.get(..self.0.1).unwrap_or_default());
    }
}

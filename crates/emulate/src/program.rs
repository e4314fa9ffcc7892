//! What the probe is told to do: system calls, in order, as data.
//!
//! A technique is written with the constructors of [`crate::call`]; here its steps become bytes. The probe
//! (`probe/main.rs`) reads them back: memory that the calls point into, then one record a step.

use std::fmt;
pub use tyrian_model::purple::Depth;

/// One argument of a system call.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A number.
    Int(i64),
    /// The address of memory that this step alone uses.
    Memory(Memory),
    /// The address of memory that steps share, by its name: what one step fills, another reads.
    Shared(&'static str),
    /// What an earlier step of the program returned, by its name.
    Result(&'static str),
}

/// Memory that a system call reads or fills.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// What it holds at the start.
    pub bytes: Vec<u8>,
    /// Where it holds addresses of 8 bytes, and of what.
    pub pointers: Vec<(usize, Pointer)>,
}

/// What an address in memory points to.
#[derive(Clone, Debug, PartialEq)]
pub enum Pointer {
    /// Memory of its own.
    To(Memory),
    /// Memory that steps share.
    Shared(&'static str),
}

/// What a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It makes the attempt possible. Where it fails, nothing was attempted.
    Prepare,
    /// It is part of the attempt: where it fails, the attempt was stopped there. That it works shows nothing yet.
    Part,
    /// It is the attempt, or its observation; when it works, it shows that much.
    Attempt(Depth),
    /// It takes back what was done. It runs whatever happened before.
    Revert,
}

/// One step of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is for.
    pub role: Role,
    /// What it does.
    pub act: Act,
    /// Later steps know its result by this name.
    pub name: Option<&'static str>,
    /// Errors that show that the attempt was let through all the same: the kernel asked about its arguments, and so
    /// had let the caller in.
    pub let_through: Vec<i32>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A system call.
    Call {
        /// Its name, as strace has it.
        name: &'static str,
        /// Its number on this architecture.
        number: i64,
        /// At most six.
        arguments: Vec<Arg>,
    },
    /// Forks a child that goes through steps of its own, of which the first that fails ends it. The result is its
    /// process id. Its own results stay its own; it is killed when the attempt ends. A step by which it becomes
    /// another program returns nothing when it works, so what counts as attempted is the wait for it; what its own
    /// steps returned tells why it failed.
    Child(Vec<Step>),
    /// Waits for a child to end. That it did not do all of its steps (status 99), or did not end with 0, is a failure:
    /// 5000 and its status, or 6000 and the signal that ended it.
    Wait(&'static str),
    /// Compares shared memory with what it must hold.
    Holds(&'static str, Vec<u8>),
    /// Does a step so many times; the first failure is the result.
    Repeat(u32, Box<Step>),
}

impl Step {
    /// The step, with a name under which later steps find its result.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Step {
        self.name = Some(name);
        self
    }
    /// The step, which an error of these does not stop: by then the caller was let in.
    #[must_use]
    pub fn let_through_by(mut self, errors: &[i32]) -> Step {
        self.let_through.extend(errors);
        self
    }
    /// What it does, for a person: `openat`, `child`.
    pub fn label(&self) -> &'static str {
        match &self.act {
            Act::Call { name, .. } => name,
            Act::Child(_) => "fork",
            Act::Wait(_) => "wait4",
            Act::Holds(..) => "compare",
            Act::Repeat(_, step) => step.label(),
        }
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Arg {
        Arg::Int(number)
    }
}
impl From<i32> for Arg {
    fn from(number: i32) -> Arg {
        Arg::Int(number.into())
    }
}
impl From<u32> for Arg {
    fn from(number: u32) -> Arg {
        Arg::Int(number.into())
    }
}
impl From<u64> for Arg {
    fn from(number: u64) -> Arg {
        Arg::Int(number.cast_signed())
    }
}
impl From<Memory> for Arg {
    fn from(memory: Memory) -> Arg {
        Arg::Memory(memory)
    }
}
impl From<&str> for Arg {
    fn from(text: &str) -> Arg {
        Arg::Memory(Memory::text(text))
    }
}

impl Memory {
    /// A text with the zero that ends it.
    pub fn text(text: &str) -> Memory {
        Memory { bytes: [text.as_bytes(), &[0]].concat(), pointers: Vec::new() }
    }
    /// Bytes as they are.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Memory {
        Memory { bytes: bytes.into(), pointers: Vec::new() }
    }
    /// So many zeros.
    pub fn zeros(count: usize) -> Memory {
        Memory::bytes(vec![0; count])
    }
    /// Nothing yet, to be built field by field.
    pub fn new() -> Memory {
        Memory::default()
    }
    /// With a field of 2 bytes behind it.
    #[must_use]
    pub fn u16(mut self, value: u16) -> Memory {
        self.bytes.extend(value.to_ne_bytes());
        self
    }
    /// With a field of 4 bytes behind it.
    #[must_use]
    pub fn u32(mut self, value: u32) -> Memory {
        self.bytes.extend(value.to_ne_bytes());
        self
    }
    /// With a field of 8 bytes behind it.
    #[must_use]
    pub fn u64(mut self, value: u64) -> Memory {
        self.bytes.extend(value.to_ne_bytes());
        self
    }
    /// With bytes behind it.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Memory {
        self.bytes.extend(bytes);
        self
    }
    /// With an address behind it.
    #[must_use]
    pub fn pointer(mut self, to: Memory) -> Memory {
        self.pointers.push((self.bytes.len(), Pointer::To(to)));
        self.u64(0)
    }
    /// With the address of shared memory behind it.
    #[must_use]
    pub fn shared(mut self, name: &'static str) -> Memory {
        self.pointers.push((self.bytes.len(), Pointer::Shared(name)));
        self.u64(0)
    }
    /// A list of texts that ends with a null, as `execve` wants it.
    pub fn list(texts: &[&str]) -> Memory {
        texts.iter().fold(Memory::new(), |list, text| list.pointer(Memory::text(text))).u64(0)
    }
}

/// What one attempt does: its steps, and the memory that they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// Memory that steps share, by name.
    pub shared: Vec<(&'static str, Memory)>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

impl Program {
    /// Does it run a program that the image brings along? Those that attempts bring themselves stand in the probe's
    /// directory, or have the mark of the run in their path.
    pub fn runs_image(&self) -> bool {
        fn any(steps: &[Step]) -> bool {
            steps.iter().any(|step| match &step.act {
                Act::Call { name: "execve", arguments, .. } => match arguments.first() {
                    Some(Arg::Memory(path)) => !is_own(&path.bytes),
                    _ => true,
                },
                Act::Child(steps) => any(steps),
                Act::Repeat(_, step) => any(std::slice::from_ref(step)),
                _ => false,
            })
        }
        any(&self.steps)
    }
}

fn is_own(path: &[u8]) -> bool {
    path.starts_with(b"/.tyrian/") || path.windows(7).any(|part| part == b"tyrian-")
}

/// A program that cannot be written down: a name that no step or memory has, or too much of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the program of a technique is wrong: {}", self.0)
    }
}

/// How much memory the probe has for one program.
const ARENA: usize = 256 << 10;
/// How many errors may let a step through.
const LET_THROUGH: usize = 8;
/// How many steps a program may have, those of children among them.
const STEPS: usize = 250;

/// How long a plan may be that the probe reads, in bytes.
pub const LONGEST_PLAN: usize = 2 << 20;

/// The bytes that the probe reads: `TYR1`, the seconds that an attempt may take, how many programs, then each with
/// its length before it.
///
/// # Errors
/// A program is malformed.
pub fn encode(programs: &[Program], seconds: u32) -> Result<Vec<u8>, Malformed> {
    let mut plan = b"TYR1".to_vec();
    plan.extend(seconds.to_le_bytes());
    plan.extend(length(programs.len())?.to_le_bytes());
    for program in programs {
        let bytes = one(program)?;
        plan.extend(length(bytes.len())?.to_le_bytes());
        plan.extend(bytes);
    }
    Ok(plan)
}

/// Memory length, relocations, steps: each counted, all numbers little-endian.
fn one(program: &Program) -> Result<Vec<u8>, Malformed> {
    let mut writer = Writer::default();
    for (name, memory) in &program.shared {
        let at = writer.place(memory.clone())?;
        writer.shared.push((name, at));
    }
    let mut steps = Vec::new();
    let count = writer.steps(&program.steps, &mut steps)?;
    writer.settle()?;
    if writer.memory.len() > ARENA {
        return Err(Malformed(format!("{} bytes of memory, at most {ARENA}", writer.memory.len())));
    }
    let mut bytes = Vec::new();
    bytes.extend(length(writer.memory.len())?.to_le_bytes());
    bytes.extend(length(writer.relocations.len())?.to_le_bytes());
    bytes.extend(length(count)?.to_le_bytes());
    bytes.extend(&writer.memory);
    for (at, to) in &writer.relocations {
        bytes.extend(at.to_le_bytes());
        bytes.extend(to.to_le_bytes());
    }
    bytes.extend(steps);
    Ok(bytes)
}

/// Lays out memory and numbers the steps.
#[derive(Default)]
struct Writer {
    memory: Vec<u8>,
    relocations: Vec<(u32, u32)>,
    pending: Vec<(u32, &'static str)>,
    shared: Vec<(&'static str, u32)>,
    names: Vec<(&'static str, u8)>,
    counter: usize,
}

impl Writer {
    /// Gives memory its place, and what it points to after it.
    fn place(&mut self, memory: Memory) -> Result<u32, Malformed> {
        self.memory.resize(self.memory.len().next_multiple_of(16), 0);
        let at = length(self.memory.len())?;
        self.memory.extend(memory.bytes);
        for (offset, pointer) in memory.pointers {
            let field = at + length(offset)?;
            match pointer {
                Pointer::To(memory) => {
                    let to = self.place(memory)?;
                    self.relocations.push((field, to));
                }
                Pointer::Shared(name) => self.pending.push((field, name)),
            }
        }
        Ok(at)
    }
    /// Resolves addresses of shared memory, which may stand before it.
    fn settle(&mut self) -> Result<(), Malformed> {
        for (field, name) in std::mem::take(&mut self.pending) {
            let to = self.found(name)?;
            self.relocations.push((field, to));
        }
        Ok(())
    }
    fn found(&self, name: &str) -> Result<u32, Malformed> {
        let place = self.shared.iter().find(|(known, _)| *known == name).map(|(_, at)| *at);
        place.ok_or_else(|| Malformed(format!("there is no shared memory {name}")))
    }
    fn result(&self, name: &str) -> Result<u8, Malformed> {
        let place = self.names.iter().rev().find(|(known, _)| *known == name).map(|(_, index)| *index);
        place.ok_or_else(|| Malformed(format!("no step before is named {name}")))
    }
    /// Writes steps one after another; returns how many there are.
    fn steps(&mut self, steps: &[Step], out: &mut Vec<u8>) -> Result<usize, Malformed> {
        for step in steps {
            self.step(step, out)?;
        }
        Ok(steps.len())
    }
    /// A step: index, role, what, what is let through, and what it needs.
    fn step(&mut self, step: &Step, out: &mut Vec<u8>) -> Result<(), Malformed> {
        if self.counter >= STEPS {
            return Err(Malformed(format!("more than {STEPS} steps")));
        }
        let index = u8::try_from(self.counter).map_err(|_| Malformed("too many steps".into()))?;
        self.counter += 1;
        let role = match step.role {
            Role::Prepare => 0,
            Role::Part | Role::Attempt(_) => 1,
            Role::Revert => 2,
        };
        out.extend([index, role]);
        if step.let_through.len() > LET_THROUGH {
            return Err(Malformed(format!("more than {LET_THROUGH} errors let one step through")));
        }
        out.push(small(step.let_through.len())?);
        for error in &step.let_through {
            out.extend(error.to_le_bytes());
        }
        match &step.act {
            Act::Call { number, arguments, .. } => {
                out.push(0);
                out.extend(number.to_le_bytes());
                out.push(small(arguments.len())?);
                if arguments.len() > 6 {
                    return Err(Malformed("more than six arguments".into()));
                }
                for argument in arguments {
                    let (kind, value) = match argument {
                        Arg::Int(number) => (0, *number),
                        Arg::Memory(memory) => (1, i64::from(self.place(memory.clone())?)),
                        Arg::Shared(name) => (1, i64::from(self.found(name)?)),
                        Arg::Result(name) => (2, i64::from(self.result(name)?)),
                    };
                    out.push(kind);
                    out.extend(value.to_le_bytes());
                }
            }
            Act::Child(steps) => {
                out.push(1);
                let mut inner = Vec::new();
                let count = self.steps(steps, &mut inner)?;
                out.push(small(count)?);
                out.extend(length(inner.len())?.to_le_bytes());
                out.extend(inner);
            }
            Act::Wait(name) => out.extend([2, self.result(name)?]),
            Act::Holds(name, bytes) => {
                let at = self.found(name)?;
                let expected = self.place(Memory::bytes(bytes.clone()))?;
                out.push(3);
                out.extend(at.to_le_bytes());
                out.extend(expected.to_le_bytes());
                out.extend(length(bytes.len())?.to_le_bytes());
            }
            Act::Repeat(times, step) => {
                out.push(4);
                out.extend(times.to_le_bytes());
                let mut inner = Vec::new();
                self.step(step, &mut inner)?;
                out.extend(length(inner.len())?.to_le_bytes());
                out.extend(inner);
            }
        }
        if let Some(name) = step.name {
            self.names.push((name, index));
        }
        Ok(())
    }
}

fn length(count: usize) -> Result<u32, Malformed> {
    u32::try_from(count).map_err(|_| Malformed("too long".into()))
}

fn small(count: usize) -> Result<u8, Malformed> {
    u8::try_from(count).map_err(|_| Malformed("too many".into()))
}

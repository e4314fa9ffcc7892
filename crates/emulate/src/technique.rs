//! What a technique is: a safe attempt at one step of an attack.

use crate::program::{Memory, Program, Role, Step};
use std::net::Ipv4Addr;
use tyrian_model::evidence::Layer;

/// A safe attempt at one step of an attack. One file of `techniques` is one technique.
#[derive(Debug)]
pub struct Technique {
    /// Its name in kebab-case, for ever.
    pub name: &'static str,
    /// Its documentation: a first sentence that says what the attacker does, then the sections `## What it tries`,
    /// `## Why it matters` and `## What stops it`.
    pub doc: &'static str,
    /// Its file.
    pub file: &'static str,
    /// The layer that it attacks.
    pub layer: Layer,
    /// What comes of it, in the mission's words.
    pub threats: &'static [&'static str],
    /// What should stop it, in the mission's words: each of these, where it is in force as it is by default or by
    /// common advice, is expected to. One that is in force and lets the attempt through is broken.
    pub controls: &'static [&'static str],
    /// What should notice it, in the mission's words.
    pub detections: &'static [&'static str],
    /// Ids of frameworks: `attack:T1611`.
    pub ids: &'static [&'static str],
    /// Does it use up what other attempts need, so that it runs in a clone of its own?
    pub alone: bool,
    /// The attempts: the same step by several ways.
    pub variants: fn(&Place) -> Vec<Variant>,
    /// The same act done innocently. It must pass wherever the workload itself can run, and no detection may fire.
    pub harmless: fn(&Place) -> Vec<Step>,
}

/// One way to attempt it.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name in kebab-case, for ever: the call, the path or the program that makes the difference.
    pub name: &'static str,
    /// What is done.
    pub program: Program,
    /// What must be true for it to mean anything here; what is missing makes it not applicable, with this reason.
    pub needs: Option<&'static str>,
}

/// The surroundings of an attempt: what the lab has put there for it. Everything outside the clone is the
/// *neighbour*, a second throwaway container that stands for the host, other containers and the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A word that no other run uses. It stands in every name that an attempt makes up, so that an alert can be told
    /// to be about it.
    pub mark: String,
    /// What canaries hold.
    pub canary: String,
    /// The directory, inside the clone, of the probe and of what belongs to it. It cannot be written to.
    pub probe: &'static str,
    /// The process id of the neighbour as the clone sees it where they share a process namespace; else of a process
    /// that is not there.
    pub neighbour_process: i32,
    /// The neighbour's address on the lab's network; an address that nobody has where the clone has no network.
    pub neighbour: Ipv4Addr,
}

/// The port that the neighbour listens on.
pub const NEIGHBOUR_PORT: u16 = 7411;
/// The key of the neighbour's System V shared memory, which holds the canary.
pub const NEIGHBOUR_MEMORY: i32 = 0x7479_7269;

impl Place {
    /// The path of the probe itself, which does nothing when it is told `true`.
    pub fn program(&self) -> String {
        format!("{}/probe", self.probe)
    }
    /// The path of a copy of the probe that belongs to root and has the setuid bit.
    pub fn setuid_program(&self) -> String {
        format!("{}/setuid", self.probe)
    }
    /// A name with the mark in it, for a file that an attempt makes.
    pub fn named(&self, what: &str) -> String {
        format!("{}-{what}", self.mark)
    }
}

/// One way, by its name and its steps.
pub fn variant(name: &'static str, steps: Vec<Step>) -> Variant {
    Variant { name, program: Program { shared: Vec::new(), steps }, needs: None }
}

impl Variant {
    /// With memory that its steps share.
    #[must_use]
    pub fn sharing(mut self, name: &'static str, memory: Memory) -> Variant {
        self.program.shared.push((name, memory));
        self
    }
    /// Not applicable, for that reason, where the condition does not hold.
    #[must_use]
    pub fn only_if(mut self, holds: bool, reason: &'static str) -> Variant {
        if !holds {
            self.needs = Some(reason);
        }
        self
    }
}

impl Technique {
    /// The first sentence of its documentation.
    pub fn title(&self) -> &'static str {
        self.doc.split("\n\n").next().unwrap_or_default().trim()
    }
}

/// Does a program attempt anything at all?
pub fn attempts(program: &Program) -> bool {
    program.steps.iter().any(|step| matches!(step.role, Role::Attempt(_)))
}

/// What stands in a technique that does not say it.
pub const BLANK: Technique = Technique {
    name: "",
    doc: "",
    file: "",
    layer: Layer::Runtime,
    threats: &[],
    controls: &[],
    detections: &[],
    ids: &[],
    alone: false,
    variants: |_| Vec::new(),
    harmless: |_| Vec::new(),
};

/// `technique! { /// doc … "name", field: value, … }` makes the `TECHNIQUE` of a file; what it does are the plain
/// `fn variants` and `fn harmless` below it.
macro_rules! technique {
    ($(#[doc = $doc:literal])+ $name:literal, $($field:ident: $value:expr),+ $(,)?) => {
        #[doc = concat!("The technique `", $name, "`.")]
        pub(super) static TECHNIQUE: $crate::technique::Technique = $crate::technique::Technique {
            name: $name,
            doc: concat!($($doc, "\n"),+),
            file: file!(),
            variants,
            harmless,
            $($field: $value,)+
            ..$crate::technique::BLANK
        };
    };
}

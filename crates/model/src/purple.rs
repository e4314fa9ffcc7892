//! The record of a purple run: what was attempted on a clone of a workload, and what came of it.

use serde::{Deserialize, Serialize};

/// The version of the record's format that this program writes.
pub const FORMAT: u32 = 1;

/// One run of attempts on a clone of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// The version of this format.
    pub format: u32,
    /// Its id, which stood in every name that an attempt made up.
    pub id: String,
    /// When it began, in seconds since 1970.
    pub started: i64,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Who ran it, as the machine knows them.
    pub who: String,
    /// The target as it was written.
    pub target: String,
    /// The subject, as every report names it.
    pub subject: String,
    /// On what the outcomes rest.
    pub basis: Basis,
    /// Who made the clones: `docker`, `runc`, `namespaces`.
    pub driver: String,
    /// Whose alerts were read, and whether they could be trusted; empty: nobody's.
    pub detectors: Vec<Detector>,
    /// How many techniques are known, and how many of them were tried.
    pub techniques: Techniques,
    /// Did it come to its end? One that was stopped has what it had by then.
    pub whole: bool,
    /// Was what stopped each attempt looked for, by relaxing and keeping one control at a time? If not, no control but
    /// the marked stopper is told of.
    #[serde(default)]
    pub attributed: bool,
    /// Were these settings that the workload does not have yet, as `harden` proposes them? Then the outcomes count for
    /// whoever has just these settings, and say nothing of it as it runs.
    #[serde(default)]
    pub proposed: bool,
    /// The attempts, by technique and variant.
    pub attempts: Vec<Attempt>,
}

/// What outcomes rest on. When any of it changes, what was proven falls back to what checks say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Basis {
    /// The digest of the image's configuration; empty where there is none to be had.
    pub image: String,
    /// The hash over what holds the workload in, and nothing else of it.
    pub configuration: String,
    /// The kernel's release.
    pub kernel: String,
    /// The runtime and its version.
    pub runtime: String,
    /// The version of this program, whose techniques were tried.
    pub rules: String,
}

/// A tool of the user's whose alerts were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Detector {
    /// Its name: `falco`, `tetragon`, `auditd`, `kernel`.
    pub name: String,
    /// Was it there all the time? If not, that nothing was alerted says nothing.
    pub heard: bool,
    /// What is to be said of it.
    pub remark: Option<String>,
}

/// How many techniques.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Techniques {
    /// That this program knows.
    pub known: usize,
    /// That were tried.
    pub tried: usize,
}

/// One attempt: one variant of one technique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attempt {
    /// The technique.
    pub technique: String,
    /// Which way.
    pub variant: String,
    /// Was it made?
    pub outcome: Outcome,
    /// How deep it came in the clone; nothing: nowhere.
    pub depth: Option<Depth>,
    /// How far it was prevented; nothing unless it ran.
    pub prevention: Option<Prevention>,
    /// Was it noticed?
    pub visibility: Visibility,
    /// Why it did not run or cannot be told, or what else a reader should know.
    pub reason: Option<String>,
    /// How it was refused: `EPERM`; nothing where it was not.
    pub errno: Option<String>,
    /// The system call that was refused.
    pub step: Option<String>,
    /// The control that stopped it first.
    pub stopper: Option<String>,
    /// The only control without which it succeeds.
    pub sole: Option<String>,
    /// Controls each of which would have stopped it alone.
    pub sufficient: Vec<String>,
    /// Controls that were not tried alone, because another came first.
    pub masked: Vec<String>,
    /// Controls that are expected to stop it and are in force in the clone.
    pub controls: Vec<String>,
    /// The exact capabilities whose lack stops it.
    pub capabilities: Vec<String>,
    /// The settings behind those controls.
    pub settings: Vec<Setting>,
    /// Alerts that were about it.
    pub alerts: Vec<Alert>,
    /// What comes of it, in the mission's words.
    pub threats: Vec<String>,
    /// What should notice it, in the mission's words.
    pub detections: Vec<String>,
}

impl Attempt {
    /// One that was not made, by its technique and its way.
    pub fn untried(technique: &str, variant: &str) -> Attempt {
        Attempt {
            technique: technique.to_owned(),
            variant: variant.to_owned(),
            outcome: Outcome::NotRun,
            depth: None,
            prevention: None,
            visibility: Visibility::None,
            reason: None,
            errno: None,
            step: None,
            stopper: None,
            sole: None,
            sufficient: Vec::new(),
            masked: Vec::new(),
            controls: Vec::new(),
            capabilities: Vec::new(),
            settings: Vec::new(),
            alerts: Vec::new(),
            threats: Vec::new(),
            detections: Vec::new(),
        }
    }
}

/// What one setting of the clone did about an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Setting {
    /// Its name: `seccomp`, `masked-paths`.
    pub name: String,
    /// The control that it is.
    pub control: String,
    /// Does the attempt succeed without it?
    pub needed: bool,
    /// Does it stop the attempt alone? Nothing: it was not tried alone.
    pub suffices: Option<bool>,
}

/// An alert that was about an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alert {
    /// Whose.
    pub detector: String,
    /// Its rule, or what it says.
    pub rule: String,
    /// How long after the attempt, in milliseconds, by the detector's own clock where it gives one.
    pub milliseconds: u64,
}

/// Was an attempt made?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was, and what came of it is known.
    Ran,
    /// It means nothing here.
    NotApplicable,
    /// It was, or was to be, and what came of it cannot be told.
    Inconclusive,
    /// Nobody asked for it, or the run was stopped before.
    NotRun,
}

/// What the success of an attempt shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Something could be opened or connected to.
    Reach,
    /// The system call worked.
    Primitive,
    /// A canary changed, or was read.
    Effect,
}

/// How far an attempt was prevented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Prevention {
    /// It reached nothing of what it reaches in the weakened twin.
    Blocked,
    /// It came less deep than in the weakened twin.
    Partial,
    /// It came as deep.
    NotBlocked,
}

/// Was an attempt noticed?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// A detector alerted.
    Alerted,
    /// It stands in a log.
    Logged,
    /// Nobody said anything, or nobody was asked.
    None,
}

/// Reads a record.
///
/// # Errors
/// What is wrong with it: it is no record, or one of a format that this program does not know.
pub fn parse(bytes: &[u8]) -> Result<Run, String> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|error| format!("no record of a run: {error}"))?;
    match head.format {
        FORMAT => serde_json::from_slice(bytes).map_err(|error| format!("a damaged record: {error}")),
        other => Err(format!("a record of format {other}; this program reads format {FORMAT}")),
    }
}

//! Verdicts, and the evidence and findings that are made of them.

use crate::fact::{Gap, Pos};
use serde::{Deserialize, Serialize};

/// How bad a finding is. It follows from the written rule of the crate `judge`, never from taste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth mending when there.
    Low,
    /// Mend it soon.
    Medium,
    /// Mend it now.
    High,
    /// Somebody may be in already.
    Critical,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A pattern that is often right.
    Low,
    /// Right unless something that is not seen here stands against it.
    Medium,
    /// The fact itself is the fault.
    High,
}

/// The layers of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The build environment.
    Build,
    /// The operating system under the containers.
    Host,
    /// The services around.
    Cloud,
    /// The image and the Docker daemon.
    Image,
    /// The running container.
    Runtime,
    /// The orchestration layer.
    Cluster,
    /// The network.
    Network,
    /// Logging and auditing.
    Logging,
}

/// What a check says of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The control is there.
    Pass,
    /// The check has nothing to say of this subject.
    NotApplicable,
    /// The control is missing: at least one fault. Gaps beside say that more may be wrong.
    Fail(Vec<Fault>, Vec<Gap>),
    /// Something that the verdict rests on was not seen.
    Unknown(Vec<Gap>),
}

/// One fault of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// What is wrong, in one sentence without the subject's name.
    pub what: String,
    /// Where; nothing: the subject as a whole.
    pub at: Option<Pos>,
}

/// On what a verdict rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A description says so: a file, or what the engine says it was told.
    Declared,
    /// The live system shows it: the kernel, a host as it is.
    Observed,
}

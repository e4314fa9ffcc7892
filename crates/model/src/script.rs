//! A shell script as structure: which commands, in which order, and what becomes of their failures.

use crate::fact::{Known, Pos};
use serde::{Deserialize, Serialize};

/// A script: a file, the RUN of a Dockerfile, a step of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// `sh`, `bash`, `dash`…; empty where nothing says it.
    pub shell: String,
    /// Does a failing command end it from the start (`sh -e`, GitHub's default)?
    pub errexit: bool,
    /// Does the failure of any part of a pipeline count from the start (`bash -o pipefail`)?
    pub pipefail: bool,
    /// Its pipelines in the order of the text, those of nested constructs and substitutions among them.
    /// A gap where the text does not parse.
    #[serde(default)]
    pub pipelines: Known<Vec<Pipe>>,
}

/// Commands joined by `|`; most often just one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipe {
    /// The commands of it.
    pub commands: Vec<Command>,
    /// What stands between the pipeline and the next one.
    pub then: Then,
    /// Is it a condition (`if`, `while`, `until`, `!`), so that its failure is asked for?
    pub condition: bool,
    /// Is what it prints taken by something else than the script's own output: the substitution that it stands in, or
    /// a redirection or a pipe of the group around it?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
    /// Where it begins.
    pub at: Pos,
}

/// What follows a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// `;` or the end of the line.
    Next,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `&`.
    Background,
}

/// A simple command; a group (`{ … }`, `( … )`, a loop) in a pipeline is one without words, and what stands in the
/// group are pipelines of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Assignments before it, or all it is: name and value.
    pub assignments: Vec<(String, Word)>,
    /// Its name and arguments.
    pub words: Vec<Word>,
    /// Redirections: operator (`>`, `2>`, `<<`) and target, which is the text for a heredoc.
    pub redirects: Vec<(String, Word)>,
    /// Where it begins.
    pub at: Pos,
}

impl Command {
    /// The program it runs, without the path before it; empty for bare assignments.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", |word| word.text.rsplit('/').next().unwrap_or(""))
    }
    /// Its arguments as they are written, without quotes.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).map(|word| word.text.as_str())
    }
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// As it is written, without its quotes, secrets concealed.
    pub text: String,
    /// Does the shell put something in (`$X`, `$(…)`, a glob), so that the text is not the whole of it?
    pub expands: bool,
}

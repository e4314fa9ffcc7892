//! Secrets, which never enter a snapshot: what is kept is that there is one.

use crate::fact::{Known, Pos};
use serde::{Deserialize, Serialize};

/// Something that looks like a secret. Its value is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What it looks like: `aws-access-key-id`, `private-key`, `password`…
    pub kind: String,
    /// Its length in bytes.
    pub length: usize,
    /// A keyed hash, so that one secret in two places is seen to be one; it tells nothing without the key.
    pub hash: String,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// A text of a scanned thing, with what looks like a secret replaced by `[kind]`.
///
/// Only `read` makes one, by its function `secrets::conceal`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concealed {
    /// The text without its secrets.
    pub text: String,
    /// What was taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Sighting>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Pos>,
}

/// A file of a source tree in which something looks like a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Does its path say that it belongs to tests, examples or documents?
    #[serde(default)]
    pub material: bool,
    /// What was seen in it.
    #[serde(default)]
    pub sightings: Known<Vec<Sighting>>,
}

/// A log file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogSample {
    /// How many lines were read.
    pub lines: usize,
    /// Credentials and personal data in it: `bearer-token`, `email-address`, `payment-card`…
    #[serde(default)]
    pub sightings: Known<Vec<Sighting>>,
    /// Lines that have a time.
    #[serde(default)]
    pub timed_lines: Known<usize>,
    /// Lines of the levels DEBUG and TRACE.
    #[serde(default)]
    pub debug_lines: Known<usize>,
    /// Lines with raw control characters, by which whoever is logged can forge lines or fool a terminal.
    #[serde(default)]
    pub control_characters: Known<Vec<Pos>>,
}

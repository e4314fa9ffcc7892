//! The snapshot: everything that was read, as one JSON document.

use crate::fact::Gap;
use crate::facts::Facts;
use serde::{Deserialize, Serialize};

/// The version of the snapshot's format that this program writes.
pub const FORMAT: u32 = 1;

/// Everything that was read at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The version of this format; a reader refuses one that it does not know.
    pub format: u32,
    /// The program and version that wrote it.
    pub tool: String,
    /// When, in seconds since 1970.
    pub taken: i64,
    /// What was asked, and what became of it.
    pub sources: Vec<SourceStatus>,
    /// What was read.
    pub facts: Facts,
}

/// What became of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourceStatus {
    /// The target as the user wrote it, or `host`, `docker` where it was found.
    pub target: String,
    /// `tree`, `host`, `engine`, `image`, `manifests`, `facts`.
    pub kind: String,
    /// The directory that places are relative to, as the user would write it; nothing for what is live.
    #[serde(default)]
    pub root: Option<String>,
    /// The worlds that were read from it.
    #[serde(default)]
    pub worlds: Vec<String>,
    /// How many things were read from it.
    pub read: usize,
    /// What could not be read, and what more rights would show.
    pub gaps: Vec<Gap>,
}

/// Reads a snapshot.
///
/// # Errors
/// What is wrong with it: it is no snapshot, or one of a format that this program does not know.
pub fn parse(bytes: &[u8]) -> Result<Snapshot, String> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|error| format!("no snapshot: {error}"))?;
    match head.format {
        FORMAT => {
            let mut snapshot: Snapshot =
                serde_json::from_slice(bytes).map_err(|error| format!("a damaged snapshot: {error}"))?;
            for world in snapshot.facts.worlds.values_mut() {
                world.images.each_mut(crate::image::Image::settle);
            }
            Ok(snapshot)
        }
        other => {
            Err(format!("a snapshot of format {other}; this program reads format {FORMAT}: collect it again"))
        }
    }
}

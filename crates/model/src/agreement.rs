//! What an organisation's safe list says of the packages of a thing.

use crate::fact::{Gap, Known, Why};
use serde::{Deserialize, Serialize};

/// Packages, held against the safe lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    /// Those that are not agreed on.
    pub refused: Vec<Refused>,
    /// What could not be told of which packages, and why.
    pub unclear: Vec<Gap>,
}

/// A package that is not agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its name and version.
    pub package: String,
    /// What the list says, in one clause: `is forbidden; take lodash 4.17.21 instead`.
    pub why: String,
    /// The file that names it, in an image.
    #[serde(default)]
    pub place: Option<String>,
    /// Where in a lock file it is named, from 1; nothing where that is not known.
    #[serde(default)]
    pub line: Option<u32>,
}

impl Refused {
    /// What is wrong, in one sentence without the name of the thing that has the package.
    pub fn what(&self) -> String {
        let place = self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("has {}{place}, which {}", self.package, self.why)
    }
}

/// A lock file whose packages were held against the safe lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// What they say.
    #[serde(default = "unasked")]
    pub agreed: Known<Agreed>,
}

/// Nobody has a safe list.
pub fn unasked() -> Known<Agreed> {
    Known::gap(Why::NotAsked, "there is no safe list")
}

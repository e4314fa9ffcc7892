//! A record of an advisory as every source says it, and the parts that a database is made of.

use crate::affected::Affected;
use serde::{Deserialize, Serialize};

/// One advisory of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its id at its source, `PYSEC-2024-1`.
    pub id: String,
    /// Other names of the same vulnerability.
    pub aliases: Vec<String>,
    /// Vulnerabilities that it is about: a distribution's notice names several.
    pub about: Vec<String>,
    /// One line for people.
    pub summary: String,
    /// CVSS vectors of versions 2, 3 and 4.
    pub vectors: Vec<String>,
    /// How bad its source calls it in a word.
    pub label: Option<Label>,
    /// The day it was last changed, `2026-08-31`; empty where that is not said.
    pub modified: String,
    /// Whom it hits.
    pub affected: Vec<Of>,
}

/// What a record says of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Of {
    /// The ecosystem as OSV names it, with its release: `Debian:12`.
    pub ecosystem: String,
    /// The package: a source package for most distributions.
    pub name: String,
    /// The versions.
    pub versions: Affected,
    /// What the source says beside its versions.
    pub said: Said,
    /// How bad its source calls it for this package.
    pub label: Option<Label>,
    /// The stream of a module that it is about, `nginx:1.22`.
    pub module: Option<String>,
    /// The architectures it is about; none: all.
    pub architectures: Vec<String>,
    /// The operating systems it is about, as Rust names them; none: all.
    pub systems: Vec<String>,
}

/// What a source says of a package beside the versions that are hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// The versions say it all.
    #[default]
    Versions,
    /// No version is hit.
    NotAffected,
    /// It is hit, and will not be mended.
    WillNotFix,
    /// Nobody knows yet.
    Investigating,
    /// The source says something that is not understood.
    Unread,
}

/// How bad, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Of no weight.
    Negligible,
    /// Low.
    Low,
    /// Medium, moderate.
    Medium,
    /// High, important.
    High,
    /// Critical.
    Critical,
}

impl Label {
    /// The word of a source.
    pub fn read(word: &str) -> Option<Label> {
        let word = word.trim().trim_end_matches('*').to_ascii_lowercase();
        Some(match word.as_str() {
            "negligible" | "unimportant" | "none" => Label::Negligible,
            "low" => Label::Low,
            "medium" | "moderate" => Label::Medium,
            "high" | "important" => Label::High,
            "critical" => Label::Critical,
            _ => return None,
        })
    }

    /// By a CVSS score in tenths.
    pub fn of_score(tenths: u8) -> Label {
        match tenths {
            0 => Label::Negligible,
            1..=39 => Label::Low,
            40..=69 => Label::Medium,
            70..=89 => Label::High,
            _ => Label::Critical,
        }
    }
}

/// Whose data it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Everybody's.
    #[default]
    Public,
    /// The organisation's own; its word stands above the public one.
    Own,
}

/// One source of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `osv:Debian`, `rustsec`, `kev`: one of a name in each layer.
    pub name: String,
    /// Whose it is.
    pub layer: Layer,
    /// Where it came from, as it was named.
    pub origin: String,
    /// When it was imported, in seconds since 1970.
    pub taken: i64,
    /// The youngest day in it, `2026-08-31`; empty where none is said.
    pub newest: String,
    /// Records, or rows of a table.
    pub records: u64,
    /// Records that their source has taken back, and that are not in it.
    pub withdrawn: u64,
    /// Ecosystems that it covers whole, `Go` or `Debian:12`: who is not named there has nothing known against it. Of
    /// all others only the packages that it names are covered.
    pub whole: Vec<String>,
    /// Does it come from whoever tracks the packages of a distribution, status by status?
    pub tracker: bool,
}

/// When a release of a product ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// `debian`.
    pub product: String,
    /// `12`.
    pub cycle: String,
    /// `2028-06-30`; nothing where it has not been set; empty where it has ended on a day that is not said.
    pub day: Option<String>,
}

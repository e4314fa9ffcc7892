//! What two images differ in: for a person, and as JSON by `docs/diff.schema.json`.

use crate::group::plural;
use crate::json::plain;
use crate::text::{clean, cut};
use serde::Serialize;
use std::fmt::Write;
use tyrian_model::evidence::Severity;

/// The version of the format that this program writes.
pub const FORMAT: u32 = 1;

/// What two images differ in. A part that could not be compared is null, and `not_compared` says why.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// The version of this format.
    pub format: u32,
    /// The program and version.
    pub tool: String,
    /// The first image.
    pub before: Side,
    /// The second image.
    pub after: Side,
    /// Packages that differ, by kind and name.
    pub packages: Option<Vec<PackageChange>>,
    /// Files that give somebody rights: setuid, setgid, capabilities, writable by everybody; and programs that no package
    /// accounts for.
    pub files: Option<Vec<FileChange>>,
    /// How many files came, went, and are others in size, mode, owner or kind.
    pub file_counts: Option<Counts>,
    /// Folders whose size differs, the largest change first; at most 20.
    pub folders: Option<Vec<FolderChange>>,
    /// What the configurations differ in.
    pub configuration: Vec<Setting>,
    /// Findings of the second image that the first has not, worst first.
    pub new_findings: Vec<Changed>,
    /// Findings of the first image that the second has not, worst first.
    pub gone_findings: Vec<Changed>,
    /// How many findings both have.
    pub same_findings: usize,
    /// What could not be compared, and why.
    pub not_compared: Vec<String>,
}

/// One of two images.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Side {
    /// The target as it was asked for.
    pub target: String,
    /// The image's first name, or its row in the snapshot.
    pub name: String,
    /// The digest of its configuration.
    pub digest: Option<String>,
    /// The distribution and its release, `debian 12`.
    pub distribution: Option<String>,
    /// The sum of its layers, unpacked, in bytes.
    pub size: Option<u64>,
}

/// How something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// A higher version.
    Up,
    /// A lower version.
    Down,
    /// Another one, of which it cannot be said which is higher.
    Changed,
}

/// A package that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PackageChange {
    /// How.
    pub change: Change,
    /// The type of its package URL: `deb`, `npm`…
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The version in the first image.
    pub before: Option<String>,
    /// The version in the second image.
    pub after: Option<String>,
}

/// A file that matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileChange {
    /// The path in the image.
    pub path: String,
    /// What it has in the first image: `setuid`, `setgid`, `cap_net_raw`, `world-writable`, `program of no package`.
    pub before: Vec<String>,
    /// What it has in the second image.
    pub after: Vec<String>,
}

/// Numbers of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Only in the second image.
    pub added: usize,
    /// Only in the first image.
    pub removed: usize,
    /// In both, and not the same.
    pub changed: usize,
}

/// A folder whose size differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FolderChange {
    /// The folder, at most three deep.
    pub folder: String,
    /// The bytes of its files in the first image.
    pub before: u64,
    /// The bytes of its files in the second image.
    pub after: u64,
}

/// A setting of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Setting {
    /// `user`, `env PATH`, `label team`, `port 80/tcp`, `health check`, `step 3`.
    pub name: String,
    /// Its value in the first image; nothing where it has none.
    pub before: Option<String>,
    /// Its value in the second image.
    pub after: Option<String>,
}

/// A finding that only one of them has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// The check.
    pub check: String,
    /// How bad.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
}

/// JSON with a line end.
///
/// # Errors
/// None in practice.
pub fn json(difference: &Difference) -> serde_json::Result<String> {
    serde_json::to_string_pretty(difference).map(|text| plain(text) + "\n")
}

/// For a person. `all`: every line, else the first ones of each part.
pub fn human(difference: &Difference, columns: usize, all: bool) -> String {
    let most = if all { usize::MAX } else { 20 };
    let mut out = String::new();
    let side = |side: &Side| {
        let size = side.size.map(|size| format!(", {}", bytes(size)));
        let release = side.distribution.as_ref().map(|release| format!(", {release}"));
        clean(&format!("{}{}{}", side.name, release.unwrap_or_default(), size.unwrap_or_default()))
    };
    let _ = writeln!(out, "{} → {}", side(&difference.before), side(&difference.after));
    let mut part = |title: String, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{title}");
        for line in lines.iter().take(most) {
            let _ = writeln!(out, "  {}", cut(&clean(line), columns.saturating_sub(2)));
        }
        if lines.len() > most {
            let _ = writeln!(out, "  … and {} more (--all)", lines.len() - most);
        }
    };
    let of = |version: &Option<String>| version.clone().unwrap_or_else(|| "(no version)".into());
    if let Some(packages) = &difference.packages {
        let count = |change| packages.iter().filter(|package| package.change == change).count();
        let title = format!(
            "Packages: {} added, {} removed, {} up, {} down, {} changed",
            count(Change::Added),
            count(Change::Removed),
            count(Change::Up),
            count(Change::Down),
            count(Change::Changed)
        );
        let line = |package: &PackageChange| {
            let PackageChange { change, kind, name, before, after } = package;
            match change {
                Change::Added => format!("+ {kind} {name} {}", of(after)),
                Change::Removed => format!("- {kind} {name} {}", of(before)),
                Change::Up => format!("↑ {kind} {name} {} → {}", of(before), of(after)),
                Change::Down => format!("↓ {kind} {name} {} → {}", of(before), of(after)),
                Change::Changed => format!("~ {kind} {name} {} → {}", of(before), of(after)),
            }
        };
        part(title, packages.iter().map(line).collect());
    }
    let has = |list: &[String]| if list.is_empty() { "nothing".to_owned() } else { list.join(", ") };
    let files = difference.files.iter().flatten();
    let files = files.map(|file| match (file.before.is_empty(), file.after.is_empty()) {
        (true, _) => format!("+ {} {}", file.path, has(&file.after)),
        (_, true) => format!("- {} {}", file.path, has(&file.before)),
        _ => format!("~ {} {} → {}", file.path, has(&file.before), has(&file.after)),
    });
    part("Files that matter".into(), files.collect());
    if let Some(Counts { added, removed, changed }) = difference.file_counts {
        let folders = difference.folders.iter().flatten();
        let folders = folders.map(|FolderChange { folder, before, after }| {
            let sign = if after >= before { '+' } else { '-' };
            format!("{sign}{:>9}  {folder}", bytes(after.abs_diff(*before)))
        });
        let title = format!(
            "{} added, {} removed, {} changed",
            plural(added, "file"),
            plural(removed, "file"),
            plural(changed, "file")
        );
        match added + removed + changed {
            0 => {}
            _ => part(title, folders.collect()),
        }
    }
    let settings = difference.configuration.iter();
    let settings = settings.map(|Setting { name, before, after }| match (before, after) {
        (None, Some(after)) => format!("+ {name}: {after}"),
        (Some(before), None) => format!("- {name}: {before}"),
        _ => format!("~ {name}: {} → {}", before.as_deref().unwrap_or(""), after.as_deref().unwrap_or("")),
    });
    part("Configuration".into(), settings.collect());
    let finding = |sign: char| {
        move |one: &Changed| {
            format!("{sign} {} {}: {}", crate::human::name(one.severity), one.check, one.what)
        }
    };
    let (new, gone) = (&difference.new_findings, &difference.gone_findings);
    let title =
        format!("Findings: {} new, {} gone, {} in both", new.len(), gone.len(), difference.same_findings);
    part(title, new.iter().map(finding('+')).chain(gone.iter().map(finding('-'))).collect());
    part("Not compared".into(), difference.not_compared.clone());
    if out.lines().count() == 1 {
        out.push_str("\nNo difference in what was compared: packages, files, configuration, findings.\n");
    }
    out
}

/// A size as a person reads it.
fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{:.1} kB", size as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size as f64 / 1e6),
        _ => format!("{:.2} GB", size as f64 / 1e9),
    }
}

//! Packages: one file for each database, lock file or binary form that tells of them.
//!
//! [`format`] says by a path which reader takes a file, [`read`] reads one, [`settle`] gives the packages what only
//! the whole image or tree knows: the distribution, and with it the ecosystem and the package URL.

mod apk;
mod cargo_lock;
mod composer;
mod dotnet;
mod dpkg;
mod elf;
mod gemfile_lock;
mod gemspec;
mod go_binary;
mod go_mod;
mod gradle_lock;
mod graph;
mod jar;
mod large;
mod node;
mod npm_lock;
mod nuget_lock;
mod pipfile_lock;
mod pnpm_lock;
mod poetry_lock;
mod pom;
mod program;
mod python;
mod requirements;
mod rpm;
mod rust_binary;
mod sqlite;
mod uv_lock;
mod versioned;
mod xml;
mod yarn_lock;
mod zip;

use crate::secrets::{self, Key};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tyrian_model::fact::{Gap, Why};
use tyrian_model::packages::{Kind, Package, Release, purl};

/// What tells of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// dpkg's status, or a part of `status.d`.
    Dpkg,
    /// Which files a package of dpkg has.
    DpkgFiles,
    /// apk's `installed`.
    Apk,
    /// rpm's database in SQLite.
    RpmSqlite,
    /// What SQLite has not written into that database yet.
    RpmJournal,
    /// rpm's own database.
    RpmNdb,
    /// rpm's database in BerkeleyDB.
    RpmBdb,
    /// A database of pacman, portage, xbps or nix, which is not read.
    Other,
    /// `METADATA` or `PKG-INFO` of a Python distribution.
    Python,
    /// `package.json` of an installed Node package.
    Node,
    /// A program in ELF: what Go, Rust or its own text says.
    Program,
    /// A `.gemspec` of an installed gem.
    Gemspec,
    /// Composer's `installed.json`.
    ComposerInstalled,
    /// A Java archive.
    Jar,
    /// A .NET program's `.deps.json`.
    DotnetDeps,
    /// A file that only says a version: Java's `release`, Go's `VERSION`.
    Versioned,
    /// `Cargo.lock`.
    CargoLock,
    /// `package-lock.json`, `npm-shrinkwrap.json`.
    NpmLock,
    /// `yarn.lock`, of either kind.
    YarnLock,
    /// `pnpm-lock.yaml`.
    PnpmLock,
    /// `poetry.lock`.
    PoetryLock,
    /// `uv.lock`.
    UvLock,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `requirements.txt`.
    Requirements,
    /// `go.mod`.
    GoMod,
    /// `Gemfile.lock`.
    GemfileLock,
    /// `composer.lock`.
    ComposerLock,
    /// `gradle.lockfile`.
    GradleLock,
    /// `pom.xml`.
    Pom,
    /// `packages.lock.json`.
    NugetLock,
}

impl Format {
    /// Does it say what a project asks for, not what is installed?
    pub fn is_lock(self) -> bool {
        self >= Format::CargoLock
    }
    /// Is it a database that each change writes anew as a whole?
    pub fn is_database(self) -> bool {
        use Format::*;
        matches!(self, Dpkg | Apk | RpmSqlite | RpmNdb | RpmBdb)
    }
    /// The largest file of the kind that is read, in bytes.
    pub fn most(self) -> u64 {
        use Format::*;
        match self {
            // Larger ones are read as they pass by, so that what is held in memory stays small.
            Program => 36 << 20,
            Jar | RpmSqlite | RpmNdb | RpmBdb => 256 << 20,
            Dpkg | Apk => 64 << 20,
            _ => 16 << 20,
        }
    }
}

/// Every format.
pub const ALL: &[Format] = &[
    Format::Dpkg,
    Format::DpkgFiles,
    Format::Apk,
    Format::RpmSqlite,
    Format::RpmJournal,
    Format::RpmNdb,
    Format::RpmBdb,
    Format::Other,
    Format::Python,
    Format::Node,
    Format::Program,
    Format::Gemspec,
    Format::ComposerInstalled,
    Format::Jar,
    Format::DotnetDeps,
    Format::Versioned,
    Format::CargoLock,
    Format::NpmLock,
    Format::YarnLock,
    Format::PnpmLock,
    Format::PoetryLock,
    Format::UvLock,
    Format::PipfileLock,
    Format::Requirements,
    Format::GoMod,
    Format::GemfileLock,
    Format::ComposerLock,
    Format::GradleLock,
    Format::Pom,
    Format::NugetLock,
];

/// The most packages that one file may tell of.
const MOST: usize = 100_000;
/// The most gaps of one file, each of which is said.
const MOST_GAPS: usize = 20;
/// The longest name, version or licence, in characters.
const LONGEST: usize = 300;

/// The reader that takes the file at this path, by its name alone. Paths of an image begin with `/`, those of a tree
/// do not.
pub fn format(path: &str) -> Option<Format> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if path.starts_with('/')
        && let Some(format) = system(path, folder, name)
    {
        return Some(format);
    }
    let parent = folder.rsplit('/').next().unwrap_or_default();
    Some(match name {
        "METADATA" if parent.ends_with(".dist-info") => Format::Python,
        "PKG-INFO" if parent.ends_with(".egg-info") || parent == "EGG-INFO" => Format::Python,
        _ if name.ends_with(".egg-info") && !name.starts_with('.') => Format::Python,
        "package.json" if node::is_installed(folder) => Format::Node,
        "installed.json" if parent == "composer" => Format::ComposerInstalled,
        "Cargo.lock" => Format::CargoLock,
        "package-lock.json" | "npm-shrinkwrap.json" => Format::NpmLock,
        // What npm keeps of its own tree says no more than the packages do.
        ".package-lock.json" => return None,
        "yarn.lock" => Format::YarnLock,
        "pnpm-lock.yaml" => Format::PnpmLock,
        "poetry.lock" => Format::PoetryLock,
        "uv.lock" => Format::UvLock,
        "Pipfile.lock" => Format::PipfileLock,
        "go.mod" => Format::GoMod,
        "Gemfile.lock" | "gems.locked" => Format::GemfileLock,
        "composer.lock" => Format::ComposerLock,
        "gradle.lockfile" | "buildscript-gradle.lockfile" => Format::GradleLock,
        "pom.xml" => Format::Pom,
        "packages.lock.json" => Format::NugetLock,
        _ if name.ends_with(".gemspec") && gemspec::is_installed(folder) => Format::Gemspec,
        _ if name.ends_with(".deps.json") => Format::DotnetDeps,
        _ if [".jar", ".war", ".ear"].iter().any(|end| name.ends_with(end)) => Format::Jar,
        _ if requirements::is_named(folder, name) => Format::Requirements,
        _ => return None,
    })
}

/// Is it a text in a source tree that tells of packages, or one that such a text refers to?
pub fn is_of_tree(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "go.sum" | "package.json" | "Cargo.toml" | "pyproject.toml" | "composer.json")
        || of_tree(path).is_some()
}

/// The reader that takes a text of a source tree.
pub fn of_tree(path: &str) -> Option<Format> {
    format(path).filter(|format| !matches!(format, Format::Program | Format::Jar | Format::Versioned))
}

/// What stands at one place in every system of a kind.
fn system(path: &str, folder: &str, name: &str) -> Option<Format> {
    Some(match path {
        "/var/lib/dpkg/status" => Format::Dpkg,
        "/lib/apk/db/installed" | "/usr/lib/apk/db/installed" => Format::Apk,
        "/usr/local/go/VERSION" => Format::Versioned,
        _ => match folder {
            "/var/lib/dpkg/status.d" if name.ends_with(".md5sums") => Format::DpkgFiles,
            "/var/lib/dpkg/status.d" if !name.is_empty() => Format::Dpkg,
            "/var/lib/dpkg/info" if name.ends_with(".list") => Format::DpkgFiles,
            "/var/lib/rpm" | "/usr/lib/sysimage/rpm" | "/usr/share/rpm" => match name {
                "rpmdb.sqlite" => Format::RpmSqlite,
                "rpmdb.sqlite-wal" => Format::RpmJournal,
                "Packages.db" => Format::RpmNdb,
                "Packages" => Format::RpmBdb,
                _ => return None,
            },
            _ if name == "desc" && folder.starts_with("/var/lib/pacman/local/") => Format::Other,
            _ if name == "PF" && folder.starts_with("/var/db/pkg/") => Format::Other,
            "/nix/var/nix/db" if name == "db.sqlite" => Format::Other,
            "/var/db/xbps" if name.ends_with(".plist") => Format::Other,
            _ if name == "release" => Format::Versioned,
            _ => return None,
        },
    })
}

/// A file that tells of packages.
#[derive(Clone, Copy)]
pub struct File<'a> {
    /// Its path.
    pub path: &'a str,
    /// What stands in it.
    pub bytes: &'a [u8],
    /// The texts of other files of the tree by their paths, for formats that refer to them.
    pub beside: &'a BTreeMap<&'a str, &'a str>,
}

impl<'a> File<'a> {
    /// The text; what is no UTF-8 is a gap.
    fn text(&self) -> Result<&'a str, Gap> {
        let text = std::str::from_utf8(self.bytes)
            .map_err(|_| self.malformed("", "it is no UTF-8; write it as UTF-8"))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }
    /// The text of a JSON object.
    fn object(&self) -> Result<Map<String, Value>, Gap> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.bytes);
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(self.malformed("", "it is no JSON object")),
            Err(error) => Err(self.malformed("", &error.to_string())),
        }
    }
    fn toml(&self) -> Result<toml::Table, Gap> {
        self.text()?.parse().map_err(|error: toml::de::Error| self.malformed("", error.message()))
    }
    /// A gap of this file; `at` is empty or a line.
    fn malformed(&self, at: &str, what: &str) -> Gap {
        let colon = if at.is_empty() { "" } else { ":" };
        Gap::new(Why::Malformed, format!("{}{colon}{at}: {what}", crate::image::shown(self.path)))
    }
    /// A gap about what is understood, and not to be known from here.
    fn unresolved(&self, at: &str, what: &str) -> Gap {
        Gap { why: Why::Unresolved, ..self.malformed(at, what) }
    }
    /// The path of another file, as it is named from this one; nothing where it leads out of the tree.
    fn sibling(&self, name: &str) -> Option<String> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") };
        let clean = crate::image::clean(&path)?;
        Some(if self.path.starts_with('/') { clean } else { clean[1..].to_owned() })
    }
}

/// What a file tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The packages.
    pub packages: Vec<Package>,
    /// What it does not tell, or not in a way that is understood.
    pub gaps: Vec<Gap>,
    /// Which files belong to a package of the distribution: the index of the package's name in `owners`, by the
    /// [`mark`] of the path, sorted.
    pub owned: Vec<(u64, u32)>,
    /// Names of packages of the distribution.
    pub owners: Vec<String>,
}

impl Found {
    fn of(read: Result<Vec<Package>, Gap>) -> Found {
        match read {
            Ok(packages) => Found { packages, ..Found::default() },
            Err(gap) => gap.into(),
        }
    }
    /// Does it tell nothing at all?
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.gaps.is_empty() && self.owned.is_empty()
    }
}

impl From<Gap> for Found {
    fn from(gap: Gap) -> Found {
        Found { gaps: vec![gap], ..Found::default() }
    }
}

/// A path as a number, for large sets of paths. `/usr/bin` and `/bin` are one, as they are in today's systems.
pub fn mark(path: &str) -> u64 {
    let path = path.trim_start_matches('/');
    let short = path.strip_prefix("usr/").filter(|rest| {
        ["bin/", "sbin/", "lib/", "lib64/", "lib32/", "libx32/"].iter().any(|start| rest.starts_with(start))
    });
    // FNV-1a, which is the same in every run.
    short
        .unwrap_or(path)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Does a program of that name say its version, although it may have no permission to run?
pub fn is_known_library(name: &str) -> bool {
    name.contains(".so") && program::is_known(name)
}

/// Does a program begin so?
pub fn is_program(head: &[u8]) -> bool {
    head.starts_with(b"\x7fELF")
}

/// Reads a file.
pub fn read(format: Format, file: &File<'_>) -> Found {
    bounded(file, read_any(format, file))
}

/// Reads a program that is too large to be held in memory.
///
/// # Errors
/// The source fails.
pub fn read_large(path: &str, source: impl std::io::Read) -> std::io::Result<Found> {
    let beside = BTreeMap::new();
    Ok(bounded(&File { path, bytes: &[], beside: &beside }, large::read(path, source)?))
}

fn read_any(format: Format, file: &File<'_>) -> Found {
    match format {
        Format::Dpkg => dpkg::status(file),
        Format::DpkgFiles => dpkg::files(file),
        Format::Apk => apk::read(file),
        Format::RpmSqlite => rpm::sqlite(file),
        Format::RpmJournal => rpm::journal(file),
        Format::RpmNdb => rpm::ndb(file),
        Format::RpmBdb => rpm::bdb(file),
        Format::Other => {
            let what = "packages of this package manager are not read; ask it what is installed";
            Gap::new(Why::NotRead, format!("{}: {what}", crate::image::shown(file.path))).into()
        }
        Format::Python => python::read(file),
        Format::Node => Found::of(node::read(file)),
        Format::Program => program::read(file),
        Format::Gemspec => Found::of(gemspec::read(file)),
        Format::ComposerInstalled => Found::of(composer::installed(file)),
        Format::Jar => jar::read(file),
        Format::DotnetDeps => Found::of(dotnet::read(file)),
        Format::Versioned => versioned::read(file),
        Format::CargoLock => Found::of(cargo_lock::read(file)),
        Format::NpmLock => npm_lock::read(file),
        Format::YarnLock => yarn_lock::read(file),
        Format::PnpmLock => pnpm_lock::read(file),
        Format::PoetryLock => Found::of(poetry_lock::read(file)),
        Format::UvLock => Found::of(uv_lock::read(file)),
        Format::PipfileLock => Found::of(pipfile_lock::read(file)),
        Format::Requirements => requirements::read(file),
        Format::GoMod => go_mod::read(file),
        Format::GemfileLock => gemfile_lock::read(file),
        Format::ComposerLock => Found::of(composer::lock(file)),
        Format::GradleLock => gradle_lock::read(file),
        Format::Pom => pom::read(file),
        Format::NugetLock => Found::of(nuget_lock::read(file)),
    }
}

/// What was found, within what one file may tell.
fn bounded(file: &File<'_>, mut found: Found) -> Found {
    if found.packages.len() > MOST {
        found.packages.truncate(MOST);
        let what = format!("{}: more than {MOST} packages", crate::image::shown(file.path));
        found.gaps.push(Gap::new(Why::NotRead, what));
    }
    if found.gaps.len() > MOST_GAPS {
        let more = found.gaps.len() - MOST_GAPS;
        found.gaps.truncate(MOST_GAPS);
        found.gaps.push(file.malformed("", &format!("and {more} more things that are not understood")));
    }
    let before = found.packages.len();
    found.packages.retain(is_sound);
    if found.packages.len() < before {
        let what = "a package whose name or version is too long or has control characters";
        found.gaps.push(file.malformed("", what));
    }
    found
}

fn is_sound(package: &Package) -> bool {
    let sound = |text: &str| {
        !text.is_empty()
            && text.chars().take(LONGEST + 1).count() <= LONGEST
            && !text.contains(char::is_control)
    };
    sound(&package.name) && package.version.as_deref().is_none_or(sound)
}

/// Gives a package what is only known once everything was read, and takes from it what looks like a secret.
pub fn settle(key: &Key, package: &mut Package, release: Option<Release<'_>>) {
    conceal(key, package);
    if package.kind.is_distribution() {
        package.ecosystem = release.and_then(|release| release.ecosystem());
    }
    package.purl = purl(package, release);
}

/// Takes from a package that another program has described what looks like a secret; says whether it is sound.
pub fn adopt(key: &Key, package: &mut Package) -> bool {
    let before = package.name.clone();
    conceal(key, package);
    if package.name != before || !secrets::sightings(key, &package.purl).is_empty() {
        package.purl = purl(package, None);
    }
    let sound = |text: &str| text.len() <= 4096 && !text.contains(char::is_control);
    is_sound(package) && sound(&package.purl) && sound(&package.place)
}

fn conceal(key: &Key, package: &mut Package) {
    let concealed = |text: &mut String| {
        if !secrets::sightings(key, text).is_empty() {
            *text = crate::cover::text(key, text);
        }
    };
    concealed(&mut package.name);
    package.version.iter_mut().for_each(concealed);
    package.why.iter_mut().for_each(concealed);
    package.owner.iter_mut().for_each(concealed);
    package.architecture.iter_mut().for_each(concealed);
    package.module.iter_mut().for_each(concealed);
    if let Some(source) = &mut package.source {
        concealed(&mut source.name);
        source.version.iter_mut().for_each(concealed);
    }
    if let Some(licence) = &mut package.licence {
        *licence = licence.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        concealed(licence);
    }
}

/// A package of a lock file.
fn locked(kind: Kind, name: &str, version: &str, file: &File<'_>) -> Package {
    let mut package = Package::new(kind, name, Some(version.to_owned()), file.path);
    package.evidence = tyrian_model::packages::Evidence::Locked;
    package
}

/// The number of a line, from 1.
fn line(index: usize) -> Option<u32> {
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests;

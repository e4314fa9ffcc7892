//! The orders of versions, one a file, each by the rules of its own ecosystem.
//!
//! All orders are exact: numbers may have any length where the ecosystem bounds them by its implementation alone,
//! and what its rules do not understand is [`Unread`], never an answer. To compare takes time in proportion to the
//! length of what is given, and nothing recurses, so that versions of a megabyte are compared like others.

pub mod apk;
pub mod deb;
pub mod gem;
pub mod go;
pub mod maven;
pub mod npm;
pub mod nuget;
pub mod packagist;
pub mod pep440;
pub mod rpm;
pub mod semver;

use std::cmp::Ordering;
use std::fmt;

/// The largest product of the lengths of a range and a version, in bytes, that are held against each other.
const MOST_WORK: usize = 1 << 26;

/// Whose rules a version follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Debian packages, and those of Ubuntu and others that dpkg installs.
    Deb,
    /// RPM packages, as `[epoch:]version[-release]`.
    Rpm,
    /// Alpine packages, as apk-tools 3 compares them.
    Apk,
    /// Semantic Versioning 2.0.0 to the letter: crates.io, Hex.
    Semver,
    /// Go modules, with or without the leading `v`.
    Go,
    /// Python packages.
    Pep440,
    /// npm packages and their ranges.
    Npm,
    /// Maven artifacts and their ranges.
    Maven,
    /// RubyGems and their requirements.
    Gem,
    /// NuGet packages and their ranges.
    Nuget,
    /// Composer packages and their constraints.
    Packagist,
}

/// A version or a range that the rules of its scheme do not understand: whether it matches is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unread {
    /// The rules by which it was read.
    pub scheme: Scheme,
    /// What it was read as.
    pub part: Part,
    /// What is wrong with it: `an empty revision`.
    pub why: &'static str,
}

/// What a text was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// One version.
    Version,
    /// A range of versions: a constraint, a requirement, a specifier.
    Range,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Version => "version",
            Part::Range => "range of versions",
        };
        write!(f, "no {part} by the rules of {}: {}", self.scheme.name(), self.why)
    }
}

impl std::error::Error for Unread {}

impl Scheme {
    /// All schemes.
    pub const ALL: [Scheme; 11] = [
        Scheme::Deb,
        Scheme::Rpm,
        Scheme::Apk,
        Scheme::Semver,
        Scheme::Go,
        Scheme::Pep440,
        Scheme::Npm,
        Scheme::Maven,
        Scheme::Gem,
        Scheme::Nuget,
        Scheme::Packagist,
    ];

    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Deb => "deb",
            Scheme::Rpm => "rpm",
            Scheme::Apk => "apk",
            Scheme::Semver => "semver",
            Scheme::Go => "go",
            Scheme::Pep440 => "pep440",
            Scheme::Npm => "npm",
            Scheme::Maven => "maven",
            Scheme::Gem => "gem",
            Scheme::Nuget => "nuget",
            Scheme::Packagist => "packagist",
        }
    }

    /// The scheme of an ecosystem as the OSV schema names it, `Debian:12` or `PyPI`; `None` for one whose order is
    /// not known here.
    pub fn of_ecosystem(ecosystem: &str) -> Option<Scheme> {
        Some(match ecosystem.split(':').next().unwrap_or_default() {
            "Debian" | "Ubuntu" => Scheme::Deb,
            "AlmaLinux" | "Rocky Linux" | "Red Hat" | "SUSE" | "openSUSE" | "openEuler" | "Mageia"
            | "Photon OS" => Scheme::Rpm,
            "Alpine" | "Alpaquita" | "BellSoft Hardened Containers" | "Chainguard" | "Wolfi" | "MinimOS" => {
                Scheme::Apk
            }
            "crates.io" | "Hex" => Scheme::Semver,
            "Go" => Scheme::Go,
            "PyPI" => Scheme::Pep440,
            "npm" => Scheme::Npm,
            "Maven" => Scheme::Maven,
            "RubyGems" => Scheme::Gem,
            "NuGet" => Scheme::Nuget,
            "Packagist" => Scheme::Packagist,
            _ => return None,
        })
    }

    /// How `a` stands to `b`.
    ///
    /// # Errors
    /// If one of them is no version by these rules.
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, Unread> {
        match self {
            Scheme::Deb => deb::compare(a, b),
            Scheme::Rpm => rpm::compare(a, b),
            Scheme::Apk => apk::compare(a, b),
            Scheme::Semver => semver::compare(a, b),
            Scheme::Go => go::compare(a, b),
            Scheme::Pep440 => pep440::compare(a, b),
            Scheme::Npm => npm::compare(a, b),
            Scheme::Maven => maven::compare(a, b),
            Scheme::Gem => gem::compare(a, b),
            Scheme::Nuget => nuget::compare(a, b),
            Scheme::Packagist => packagist::compare(a, b),
        }
    }

    /// A text that is the same for all versions that compare as equal, and differs otherwise: a key for look-ups.
    /// Maven's order alone is no order in the strict sense: there, versions of one normal form are equal, but some
    /// equal ones have two.
    ///
    /// # Errors
    /// If it is no version by these rules.
    pub fn normal(self, version: &str) -> Result<String, Unread> {
        match self {
            Scheme::Deb => deb::normal(version),
            Scheme::Rpm => rpm::normal(version),
            Scheme::Apk => apk::normal(version),
            Scheme::Semver => semver::normal(version),
            Scheme::Go => go::normal(version),
            Scheme::Pep440 => pep440::normal(version),
            Scheme::Npm => npm::normal(version),
            Scheme::Maven => maven::normal(version),
            Scheme::Gem => gem::normal(version),
            Scheme::Nuget => nuget::normal(version),
            Scheme::Packagist => packagist::normal(version),
        }
    }

    /// Whether the version lies in a range in the ecosystem's own language: npm's ranges, PEP 440's specifiers,
    /// Maven's and NuGet's intervals, RubyGems' requirements, Composer's constraints. Pre-releases are let in by the
    /// order alone, not kept out unless asked for: an advisory is asked, not an installer.
    ///
    /// # Errors
    /// If the version or the range is not understood, the two are too long to hold each part of the one against the
    /// other, or the ecosystem has no ranges of its own.
    pub fn within(self, range: &str, version: &str) -> Result<bool, Unread> {
        if range.len().saturating_mul(version.len()) > MOST_WORK {
            return Err(self.no_range("too long, together with the version"));
        }
        match self {
            Scheme::Pep440 => pep440::within(range, version),
            Scheme::Npm => npm::within(range, version, npm::Prereleases::All),
            Scheme::Maven => maven::within(range, version),
            Scheme::Gem => gem::within(range, version),
            Scheme::Nuget => nuget::within(range, version),
            Scheme::Packagist => packagist::within(range, version),
            Scheme::Deb | Scheme::Rpm | Scheme::Apk | Scheme::Semver | Scheme::Go => {
                Err(self.no_range("the ecosystem has no language of ranges"))
            }
        }
    }

    /// Says what keeps a text from being a version.
    const fn no_version(self, why: &'static str) -> Unread {
        Unread { scheme: self, part: Part::Version, why }
    }

    /// Says what keeps a text from being a range.
    const fn no_range(self, why: &'static str) -> Unread {
        Unread { scheme: self, part: Part::Range, why }
    }
}

/// Compares runs of digits as numbers, whatever their length; an empty run is zero.
fn numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (significant(a), significant(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// A number's digits without leading zeros; none for zero.
fn significant(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    &digits[zeros..]
}

/// Adds a number to a normal form, without leading zeros.
fn push_number(to: &mut String, digits: &[u8]) {
    match significant(digits) {
        [] => to.push('0'),
        digits => to.extend(digits.iter().map(|&digit| char::from(digit))),
    }
}

/// Splits after the first bytes that `belongs` accepts.
fn span(text: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|&&byte| belongs(byte)).count())
}

/// The number after this one, of any length.
fn successor(digits: &str) -> String {
    let nines = digits.bytes().rev().take_while(|&digit| digit == b'9').count();
    let (head, _) = digits.split_at(digits.len() - nines);
    let mut next = String::with_capacity(digits.len() + 1);
    match head.as_bytes() {
        [] => next.push('1'),
        [kept @ .., last] => {
            next.extend(kept.iter().map(|&digit| char::from(digit)));
            next.push(char::from(last + 1));
        }
    }
    next.extend(std::iter::repeat_n('0', nines));
    next
}

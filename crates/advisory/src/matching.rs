//! Which advisories hit a package, and what whoever knows best says of it.
//!
//! Of a distribution's package its own records alone are asked: its version carries its mends, whatever the version
//! of the program looks like. What no source covers is said to be so; it is never passed off as clean.

pub(crate) mod ecosystem;
mod names;

pub use ecosystem::of_distribution;

use crate::affected::{Doubt, Verdict};
use crate::cvss;
use crate::index::{Advisory, Index, Named, Rank, Refused};
use crate::record::{Label, Layer, Of, Part, Said};
use crate::version::Scheme;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// A package as a reader found it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Package<'a> {
    /// The ecosystem as OSV names it: `Debian:12`, `PyPI`; or without its release, `Debian`.
    pub ecosystem: &'a str,
    /// The release of a distribution, `12`, `3.19.1`, where the ecosystem does not name it.
    pub release: Option<&'a str>,
    /// The name.
    pub name: &'a str,
    /// The version as its package manager writes it.
    pub version: &'a str,
    /// The source package and its version, where they are known.
    pub source: Option<Source<'a>>,
    /// The architecture as its package manager writes it, where it is known.
    pub architecture: Option<&'a str>,
    /// The module and stream that it is from, `nginx:1.22`, where an RPM says so.
    pub module: Option<&'a str>,
}

impl<'a> Package<'a> {
    /// The ecosystem's family, and its release, which is empty where there is none.
    fn place(&self) -> (&'a str, &'a str) {
        let (family, release) = self.ecosystem.split_once(':').unwrap_or((self.ecosystem, ""));
        (family, self.release.unwrap_or(release))
    }
}

/// A source package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version, where it is another than the package's.
    pub version: Option<&'a str>,
}

/// What is known of a package.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// No source says that it covers this package: nothing is known, for or against it.
    NotCovered,
    /// What there is about it, the most urgent first; what does not hit it is among it where somebody names the
    /// package.
    Covered(Vec<Match>),
}

/// One vulnerability and one package.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The name that most people know it by: a CVE where it has one.
    pub id: String,
    /// Every other name of it, in order.
    pub aliases: Vec<String>,
    /// The vulnerabilities that a notice is about, where it bundles several.
    pub about: Vec<String>,
    /// How the package stands to it.
    pub status: Status,
    /// The version that mends it.
    pub fixed: Option<String>,
    /// How bad, by whoever knows best; nothing where nobody says.
    pub severity: Option<Label>,
    /// The CVSS score in tenths, where there is a vector.
    pub score: Option<u8>,
    /// The day it became known that it is exploited; empty where the day is not said.
    pub exploited: Option<String>,
    /// How likely it is exploited within 30 days, in 1/65535.
    pub likely: Option<u16>,
    /// Why it cannot be told, where it cannot.
    pub doubt: Option<String>,
    /// The parts of the database that name it.
    pub parts: Vec<String>,
    /// The record that says it, for [`Index::summary`].
    pub advisory: u32,
}

/// How a package stands to a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is hit, and a later version is not.
    Affected,
    /// It is hit, and nobody names a version that is not.
    NoFix,
    /// It is hit, and its distribution says that it stays so.
    WillNotFix,
    /// Its distribution does not know yet.
    UnderInvestigation,
    /// What is said is not understood, or contradicts itself.
    Unknown,
    /// It is not hit.
    NotAffected,
}

impl Status {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Status::Affected => "affected",
            Status::NoFix => "affected_no_fix",
            Status::WillNotFix => "will_not_fix",
            Status::UnderInvestigation => "under_investigation",
            Status::Unknown => "unknown",
            Status::NotAffected => "not_affected",
        }
    }

    /// Is the package hit?
    pub fn is_hit(self) -> bool {
        matches!(self, Status::Affected | Status::NoFix | Status::WillNotFix)
    }
}

/// What the database says of a package.
///
/// # Errors
/// If what is needed of the database is damaged: then nothing is known.
pub fn matches(index: &Index<'_>, package: &Package<'_>) -> Result<Outcome, Refused> {
    ask(index, package, true)
}

/// The same without what does not hit the package: most of what names it was mended long ago.
///
/// # Errors
/// If what is needed of the database is damaged: then nothing is known.
pub fn hits(index: &Index<'_>, package: &Package<'_>) -> Result<Outcome, Refused> {
    ask(index, package, false)
}

fn ask(index: &Index<'_>, package: &Package<'_>, all: bool) -> Result<Outcome, Refused> {
    let asked = ecosystem::Asked::of(package);
    let mut is_covered = false;
    let mut told: Vec<Told> = Vec::new();
    for ecosystem in &asked.ecosystems {
        is_covered |= index.parts().iter().any(|part| covers(part, ecosystem));
        let scheme = Scheme::of_ecosystem(ecosystem);
        for name in &asked.names {
            is_covered |= index.each(ecosystem, name, |number, named| {
                let simply = scheme.and_then(|scheme| simply(&named, package, asked.version, scheme, number));
                if let Some(one) = simply {
                    told.push(one);
                    return Ok(());
                }
                let of = named.whole(ecosystem, name);
                if is_about(&of, package) {
                    let (status, fixed, doubt) = judged(&of, package, asked.version);
                    told.push(Told { number, status, fixed, doubt, label: of.label });
                }
                Ok(())
            })?;
        }
    }
    if !is_covered {
        return Ok(Outcome::NotCovered);
    }
    // Names are read only where there is something to name.
    if !all && told.iter().all(|one| one.status == Status::NotAffected) {
        return Ok(Outcome::Covered(Vec::new()));
    }
    let said = told.into_iter().map(|told| One::of(index, told)).collect::<Result<Vec<_>, _>>()?;
    let mut out = Vec::new();
    for group in names::groups(&said, |one| {
        std::iter::once(one.advisory.id).chain(one.advisory.aliases.iter().copied())
    }) {
        if all || group.iter().any(|one| one.status != Status::NotAffected) {
            out.push(merged(index, asked.scheme, &group)?);
        }
    }
    fold(&mut out);
    if !all {
        out.retain(|one| one.status != Status::NotAffected);
    }
    out.sort_by(|a, b| urgency(a).cmp(&urgency(b)).then_with(|| a.id.cmp(&b.id)));
    Ok(Outcome::Covered(out))
}

/// Does a part cover the ecosystem whole? Of a release that it does not name nothing is known.
fn covers(part: &Part, ecosystem: &str) -> bool {
    part.whole.iter().any(|whole| whole == ecosystem)
}

/// What it is sorted by, so that the most urgent comes first.
pub fn urgency(one: &Match) -> impl Ord + use<> {
    let hit = !one.status.is_hit();
    (hit, Reverse((one.exploited.is_some(), one.severity, one.score, one.likely)), one.status)
}

/// What one record says of the package, before its names are read.
struct Told {
    number: u32,
    status: Status,
    fixed: Option<String>,
    doubt: Option<String>,
    label: Option<Label>,
}

/// What a record says that hits all versions before one; nothing where it has to be looked at in full.
fn simply(
    named: &Named<'_>,
    package: &Package<'_>,
    version: &str,
    scheme: Scheme,
    number: u32,
) -> Option<Told> {
    let Named::Before { fixed, said, label } = *named else { return None };
    if package.module.is_some() || !matches!(said, Said::Versions | Said::WillNotFix) {
        return None;
    }
    let is_hit = scheme.compare(fixed, version).ok()?.is_gt();
    let (status, mends) = match (is_hit, said) {
        (false, _) => (Status::NotAffected, None),
        (true, Said::WillNotFix) => (Status::WillNotFix, None),
        (true, _) => (Status::Affected, Some(fixed.to_owned())),
    };
    Some(Told { number, status, fixed: mends, doubt: None, label })
}

/// What one record says of the package.
struct One<'a> {
    told: Told,
    advisory: Advisory<'a>,
    part: &'a Part,
}

impl std::ops::Deref for One<'_> {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.told
    }
}

impl<'a> One<'a> {
    fn of(index: &'a Index<'_>, told: Told) -> Result<One<'a>, Refused> {
        let advisory = index.advisory(told.number)?;
        let part = index.parts().get(advisory.part).ok_or(Refused::Damaged("advisories"))?;
        Ok(One { told, advisory, part })
    }

    /// Whose word stands: the organisation's own, whoever tracks the distribution, anybody else.
    fn weight(&self) -> (Layer, bool) {
        (self.part.layer, self.part.tracker)
    }
}

fn is_about(of: &Of, package: &Package<'_>) -> bool {
    // Tools name one architecture in several ways.
    let same = |a: &str, b: &str| a == b || architecture(a) == architecture(b);
    let here = package.architecture.filter(|name| !matches!(*name, "all" | "noarch" | "any" | ""));
    let fits = here.is_none_or(|here| {
        of.architectures.is_empty()
            || of.architectures.iter().any(|name| same(name, here) || name == "all" || name == "noarch")
    });
    // What is in a container runs on Linux.
    fits && (of.systems.is_empty() || of.systems.iter().any(|name| name == "linux"))
}

fn architecture(name: &str) -> &str {
    match name {
        "x86_64" | "x64" => "amd64",
        "aarch64" => "arm64",
        "x86" | "i686" | "i586" => "i386",
        "ppc64le" => "ppc64el",
        "armhfp" | "armv7" | "armv7l" | "armv7hl" => "armhf",
        other => other,
    }
}

fn judged(of: &Of, package: &Package<'_>, version: &str) -> (Status, Option<String>, Option<String>) {
    let unknown = |why: &str| (Status::Unknown, None, Some(why.to_owned()));
    match of.said {
        Said::NotAffected => return (Status::NotAffected, None, None),
        Said::Investigating => return (Status::UnderInvestigation, None, None),
        Said::Unread => return unknown("the advisory says something that is not understood"),
        Said::Versions | Said::WillNotFix => {}
    }
    if let Some(stream) = &of.module {
        match package.module {
            Some(own) if is_stream(own, stream) => {}
            Some(_) => return (Status::NotAffected, None, None),
            // A package outside of all modules is not what a notice about a module is about.
            None if !version.contains(".module") => return (Status::NotAffected, None, None),
            None => return unknown("which stream of its module the package is from is not known"),
        }
    } else if package.module.is_some() && of.versions.ranges.iter().any(|_| !version.contains(".module")) {
        return unknown("the package is from a module whose version does not say so");
    }
    let Some(scheme) = Scheme::of_ecosystem(&of.ecosystem) else {
        return unknown("the order of versions of this ecosystem is not known");
    };
    match of.versions.judge(scheme, version) {
        Verdict::FixedIn(_) | Verdict::NoFix if of.said == Said::WillNotFix => {
            (Status::WillNotFix, None, None)
        }
        Verdict::FixedIn(fixed) => (Status::Affected, Some(fixed.to_owned()), None),
        Verdict::NoFix => (Status::NoFix, None, None),
        Verdict::NotAffected => (Status::NotAffected, None, None),
        Verdict::Unknown(Doubt::NothingSaid) => {
            unknown("the advisory names no versions, perhaps commits alone")
        }
        Verdict::Unknown(doubt) => unknown(&doubt.to_string()),
    }
}

/// `nginx:1.22:8090020231018:b46abd14` is of the stream `nginx:1.22`.
fn is_stream(own: &str, stream: &str) -> bool {
    own.strip_prefix(stream).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// What a group of records about one vulnerability says together.
fn merged(index: &Index<'_>, scheme: Option<Scheme>, group: &[&One<'_>]) -> Result<Match, Refused> {
    let weight = group.iter().map(|one| one.weight()).max().unwrap_or_default();
    let best: Vec<&&One<'_>> = group.iter().filter(|one| one.weight() == weight).collect();
    // Of those who know equally well the worst is believed: one may have looked where another has not.
    let status = best.iter().map(|one| one.status).min().unwrap_or(Status::Unknown);
    let speaker = best.iter().find(|one| one.status == status).copied().copied();
    // The lowest version that satisfies all of them is the highest that one of them names.
    let mut fixed: Option<&str> = None;
    for other in
        best.iter().filter(|one| one.status == Status::Affected).filter_map(|one| one.fixed.as_deref())
    {
        let is_later = |fixed: &str| {
            scheme.is_some_and(|s| s.compare(other, fixed).is_ok_and(std::cmp::Ordering::is_gt))
        };
        if fixed.is_none_or(is_later) {
            fixed = Some(other);
        }
    }
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut about: BTreeSet<&str> = BTreeSet::new();
    for one in group {
        all.insert(one.advisory.id);
        all.extend(&one.advisory.aliases);
        about.extend(&one.advisory.about);
    }
    let id = all.iter().find(|name| name.starts_with("CVE-")).copied();
    let id = id.or(speaker.map(|one| one.advisory.id)).unwrap_or_default().to_owned();
    all.remove(id.as_str());
    about.retain(|name| *name != id && !all.contains(name));
    let mut rank = Rank::default();
    // A notice is as urgent as the worst that it is about.
    for name in all.iter().chain(&about).copied().chain([id.as_str()]) {
        let other = index.rank(name)?;
        rank.exploited = match (rank.exploited, other.exploited) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        rank.likely = rank.likely.max(other.likely);
        rank.score = rank.score.max(other.score);
    }
    let mut by_weight: Vec<&&One<'_>> = group.iter().collect();
    by_weight.sort_by_key(|one| Reverse(one.weight()));
    let label = by_weight.iter().find_map(|one| one.label.or(one.advisory.label));
    let score = by_weight.iter().find_map(|one| newest_score(&one.advisory.vectors)).or(rank.score);
    let mut parts: Vec<String> = group.iter().map(|one| one.part.name.clone()).collect();
    parts.sort();
    parts.dedup();
    Ok(Match {
        id,
        aliases: all.into_iter().map(str::to_owned).collect(),
        about: about.into_iter().map(str::to_owned).collect(),
        status,
        fixed: fixed.map(str::to_owned).filter(|_| status == Status::Affected),
        severity: label.or(score.map(Label::of_score)),
        score,
        exploited: rank.exploited,
        likely: rank.likely,
        doubt: speaker.and_then(|one| one.doubt.clone()),
        parts,
        advisory: speaker.map_or(0, |one| one.number),
    })
}

/// The score of the vector of the newest version.
fn newest_score(vectors: &[&str]) -> Option<u8> {
    let scored = vectors.iter().filter_map(|vector| Some((cvss::version(vector), cvss::score(vector)?)));
    scored.max_by_key(|(version, _)| *version).map(|(_, score)| score)
}

/// A notice whose every vulnerability stands there by itself says nothing new: its name is kept with each of them.
fn fold(out: &mut Vec<Match>) {
    let (mut at, mut told) = (0, Vec::new());
    while at < out.len() {
        let notice = &out[at];
        let own = |name: &String| {
            out.iter().position(|one| one.about.is_empty() && (one.id == *name || one.aliases.contains(name)))
        };
        let places: Option<Vec<usize>> = notice.about.iter().map(own).collect();
        match places {
            Some(places) if !places.is_empty() => {
                let names: Vec<String> =
                    std::iter::once(&notice.id).chain(&notice.aliases).cloned().collect();
                told.extend(places.into_iter().map(|place| (out[place].id.clone(), names.clone())));
                out.remove(at);
            }
            _ => at += 1,
        }
    }
    for (id, names) in told {
        if let Some(one) = out.iter_mut().find(|one| one.id == id) {
            one.aliases.extend(names);
            one.aliases.sort();
            one.aliases.dedup();
        }
    }
}

//! What the database says of the packages of one image or one lock file.

use super::{shown, some};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_advisory::index::{Index, Refused, Summaries};
use tyrian_advisory::matching::{self, Match, Outcome, Source, hits};
use tyrian_advisory::record::Label;
use tyrian_advisory::version::Scheme;
use tyrian_model::evidence::Severity;
use tyrian_model::fact::{Gap, Why};
use tyrian_model::image::Distribution;
use tyrian_model::packages::{Evidence, Kind, Package};
use tyrian_model::vulnerability::{self, Advisory, Compared, Cure, Status, Vulnerable};

/// What could not be told, by reason.
#[derive(Default)]
struct Unclear<'p> {
    /// Of how many packages of an ecosystem there was something to ask, and those that no source covers.
    uncovered: BTreeMap<&'p str, (usize, Vec<String>)>,
    /// What the database says in a way that tells nothing, and of which packages.
    doubts: BTreeMap<String, BTreeSet<String>>,
    /// Packages without a version.
    open: Vec<String>,
    /// Packages that no ecosystem knows by their names.
    nameless: Vec<String>,
    /// Programs without a package manager.
    copied: Vec<String>,
    /// Packages of a distribution that advisories cannot be looked up of.
    strange: usize,
}

/// Compares packages of one thing.
///
/// What a lock file in an image asks for is not what is there: where anything is installed, that alone counts.
pub(super) fn compare(
    index: &Index<'_>,
    summaries: &mut Summaries<'_, '_>,
    packages: &[&Package],
    distribution: Option<&Distribution>,
) -> Result<Compared, Refused> {
    let is_installed = |package: &Package| package.evidence == Evidence::Installed;
    let any_installed = packages.iter().any(|package| is_installed(package));
    let mut unclear = Unclear::default();
    let mut found: BTreeMap<[String; 4], (Match, Vulnerable)> = BTreeMap::new();
    let mut cures: BTreeMap<[String; 3], Cure> = BTreeMap::new();
    for package in packages.iter().filter(|package| !any_installed || is_installed(package)) {
        // What a distribution's package brought, the distribution mends, under a version of its own.
        if package.owner.is_some() {
            continue;
        }
        let (Some(ecosystem), Some(version)) = (&package.ecosystem, &package.version) else {
            unclear.unasked(package);
            continue;
        };
        let source = package.source.as_ref();
        let asked = matching::Package {
            ecosystem,
            release: None,
            name: &package.name,
            version,
            source: source.map(|source| Source { name: &source.name, version: source.version.as_deref() }),
            architecture: package.architecture.as_deref(),
            module: package.module.as_deref(),
        };
        let (all, uncovered) = unclear.uncovered.entry(ecosystem).or_default();
        *all += 1;
        let said = match hits(index, &asked)? {
            Outcome::NotCovered => {
                uncovered.push(package.name.clone());
                continue;
            }
            Outcome::Covered(said) => said,
        };
        if said.iter().any(|one| one.status == matching::Status::Affected) {
            let key = mended_together(package).map(str::to_owned);
            if let std::collections::btree_map::Entry::Vacant(place) = cures.entry(key)
                && let Some(cure) = cure(index, package, &asked, &said)?
            {
                place.insert(cure);
            }
        }
        for one in said {
            let of = source.map_or(package.name.as_str(), |source| &source.name);
            let status = match one.status {
                matching::Status::Affected => Status::Affected,
                matching::Status::NoFix => Status::AffectedNoFix,
                matching::Status::WillNotFix => Status::WillNotFix,
                matching::Status::NotAffected => continue,
                matching::Status::UnderInvestigation | matching::Status::Unknown => {
                    let why =
                        one.doubt.clone().unwrap_or_else(|| "its distribution does not know yet".into());
                    let what = format!("{} and {}", shown(of), shown(&one.id));
                    unclear.doubts.entry(why).or_default().insert(what);
                    continue;
                }
            };
            let [name, version, place] = mended_together(package);
            let key = [name, version, place, &one.id].map(str::to_owned);
            if let std::collections::btree_map::Entry::Vacant(place) = found.entry(key) {
                let vulnerable = vulnerable(summaries, package, &one, status)?;
                place.insert((one, vulnerable));
            }
        }
    }
    let mut found: Vec<(Match, Vulnerable)> = found.into_values().collect();
    found.sort_by_key(|(a, _)| matching::urgency(a));
    // Two that read the same are one.
    let mut told = BTreeSet::new();
    found.retain(|(_, one)| told.insert(one.what()));
    let mut cures: Vec<Cure> = cures.into_values().collect();
    cures.sort_by_key(|cure| std::cmp::Reverse(cure.mends.len()));
    Ok(Compared {
        found: found.into_iter().map(|(_, one)| one).collect(),
        unclear: unclear.gaps(distribution),
        cures,
    })
}

/// Name, version and place of what one change mends: packages from one source of a distribution have one version,
/// others each their own at its place.
fn mended_together(package: &Package) -> [&str; 3] {
    let source = package.source.as_ref();
    let name = source.map_or(package.name.as_str(), |source| &source.name);
    let version = source.and_then(|source| source.version.as_ref()).or(package.version.as_ref());
    let place = if package.kind.is_distribution() { "" } else { &package.place };
    [name, version.map_or("", String::as_str), place]
}

/// How often a version that mends may itself be hit before nobody looks further.
const MOST_STEPS: usize = 16;

/// The nearest version that is hit by nothing that has a mend: the one that mends what hits this one, or, where that
/// is hit in turn, the one that mends that.
fn cure(
    index: &Index<'_>,
    package: &Package,
    asked: &matching::Package<'_>,
    said: &[Match],
) -> Result<Option<Cure>, Refused> {
    let Some(scheme) = Scheme::of_ecosystem(asked.ecosystem) else { return Ok(None) };
    let [name, from, _] = mended_together(package);
    let mended = |said: &[Match]| -> Option<String> {
        let fixed = said.iter().filter(|one| one.status == matching::Status::Affected);
        let mut fixed = fixed.filter_map(|one| one.fixed.as_deref());
        let first = fixed.next()?;
        let later = |best, other| match scheme.compare(other, best) {
            Ok(Ordering::Greater) => other,
            _ => best,
        };
        Some(fixed.fold(first, later).to_owned())
    };
    let ids = |said: &[Match]| -> BTreeSet<String> {
        said.iter().filter(|one| one.status.is_hit()).map(|one| one.id.clone()).collect()
    };
    let Some(mut to) = mended(said) else { return Ok(None) };
    let mut left = BTreeSet::new();
    for _ in 0..MOST_STEPS {
        let source = asked.source.map(|source| Source { version: None, ..source });
        let outcome = hits(index, &matching::Package { version: &to, source, ..*asked })?;
        let Outcome::Covered(then) = outcome else { break };
        left = ids(&then);
        match mended(&then) {
            Some(next) if scheme.compare(&next, &to) == Ok(Ordering::Greater) => to = next,
            _ => break,
        }
    }
    let now = said.iter().filter(|one| one.status.is_hit() && !left.contains(&one.id));
    let mends: Vec<String> = now.map(|one| one.id.clone()).collect();
    Ok((!mends.is_empty()).then(|| Cure {
        package: name.to_owned(),
        from: from.to_owned(),
        major: !package.kind.is_distribution() && leading(from) != leading(&to),
        place: Some(package.place.clone()).filter(|place| !place.is_empty()),
        line: package.line,
        left: left.len(),
        base: package.base,
        mends,
        to,
        ..Cure::default()
    }))
}

/// The part of a version that says what goes together: the first number that is not zero, and those before it.
fn leading(version: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for part in version.trim_start_matches('v').split(['.', '-', '+']) {
        out.push(part);
        if part != "0" {
            break;
        }
    }
    out
}

impl<'p> Unclear<'p> {
    /// A package of which nothing can be asked.
    fn unasked(&mut self, package: &'p Package) {
        let label = package.label();
        match (package.kind, &package.ecosystem) {
            (Kind::Generic, _) => self.copied.push(label),
            (kind, None) if kind.is_distribution() => self.strange += 1,
            (Kind::Maven, None) => self.nameless.push(label),
            // The module that a program was built from is most often somebody's own, built where it lies.
            (Kind::Golang, _)
                if package.version.is_none() && package.why.is_empty() && package.name != "stdlib" => {}
            // A project's own part, or one that comes from an address: no advisory is about either.
            (_, None) => {}
            (_, Some(_)) => self.open.push(label),
        }
    }

    fn gaps(self, distribution: Option<&Distribution>) -> Vec<Gap> {
        let mut out = Vec::new();
        let mut say = |why, what: String| out.push(Gap::new(why, what));
        if self.strange > 0 {
            say(Why::NotRead, strange(distribution));
        }
        for (ecosystem, (all, uncovered)) in self.uncovered {
            let is_language = Kind::ALL.iter().any(|kind| kind.ecosystem() == Some(ecosystem));
            if is_language && all == uncovered.len() {
                let what = format!(
                    "the advisory database has nothing about packages of {}: `tyrian db update` brings it",
                    shown(ecosystem)
                );
                say(Why::NotRead, what);
            } else if !uncovered.is_empty() {
                let what = format!(
                    "{} of {all} packages of {} are not covered by the advisory data ({}): `tyrian db status` says what is",
                    uncovered.len(),
                    shown(ecosystem),
                    some(&uncovered)
                );
                say(Why::NotRead, what);
            }
        }
        if !self.copied.is_empty() {
            let what = format!(
                "no advisories can be looked up of programs that came without a package manager ({}): install them from a package",
                some(&self.copied)
            );
            say(Why::NotRead, what);
        }
        if !self.nameless.is_empty() {
            let what = format!("archives do not say which artifact they are ({})", some(&self.nameless));
            say(Why::Unresolved, what);
        }
        if !self.open.is_empty() {
            let what = format!(
                "no exact version is named ({}): a lock file, or `==` in a list of requirements, names one",
                some(&self.open)
            );
            say(Why::Unresolved, what);
        }
        for (why, of) in self.doubts {
            let of: Vec<String> = of.into_iter().collect();
            say(Why::Unresolved, format!("{}: {}", some(&of), shown(&why)));
        }
        out
    }
}

fn strange(distribution: Option<&Distribution>) -> String {
    match distribution {
        None => "the image does not say which distribution its packages are of, so that advisories cannot be looked up".into(),
        Some(it) if it.version.is_empty() && matching::of_distribution(&it.id).is_some() => format!(
            "the image does not say which release of {} it is, so that advisories cannot be looked up",
            shown(&it.id)
        ),
        Some(it) => format!("no advisory data is known for the distribution {}", shown(&it.id)),
    }
}

fn vulnerable(
    summaries: &mut Summaries<'_, '_>,
    package: &Package,
    one: &Match,
    status: Status,
) -> Result<Vulnerable, Refused> {
    let (title, _) = summaries.of(one.advisory)?;
    let mut aliases = one.aliases.clone();
    aliases.extend(one.about.iter().cloned());
    let source = package.source.as_ref();
    Ok(Vulnerable {
        package: vulnerability::Package {
            name: package.name.clone(),
            version: package.version.clone().unwrap_or_default(),
            source: source.map(|source| source.name.clone()).filter(|name| *name != package.name),
            source_version: source
                .and_then(|source| source.version.clone())
                .filter(|version| Some(version) != package.version.as_ref()),
            purl: package.purl.clone(),
            place: Some(package.place.clone()).filter(|place| !place.is_empty()),
            line: package.line,
            layer: package.layer,
            base: package.base,
            dev: package.dev,
            why: package.why.clone(),
        },
        advisory: Advisory {
            id: one.id.clone(),
            aliases,
            fixed: one.fixed.clone(),
            status,
            severity: one.severity.map(severity),
            score: one.score.map(|tenths| f64::from(tenths) / 10.0),
            exploited: one.exploited.clone(),
            likely: one.likely.map(|likely| (f64::from(likely) / f64::from(u16::MAX) * 1e5).round() / 1e5),
            title,
        },
    })
}

fn severity(label: Label) -> Severity {
    match label {
        Label::Negligible => Severity::Info,
        Label::Low => Severity::Low,
        Label::Medium => Severity::Medium,
        Label::High => Severity::High,
        Label::Critical => Severity::Critical,
    }
}

//! Packages of a snapshot, compared with the advisory database before they are judged.

use crate::Failure;
use crate::database::{self, Mapped};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use tyrian_advisory::index::{Index, Refused};
use tyrian_advisory::matching::{self, Match, Outcome, Source, matches};
use tyrian_advisory::record::Label;
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Severity;
use tyrian_model::fact::{Gap, Known, Why};
use tyrian_model::facts::Facts;
use tyrian_model::image::{Distribution, Image, Package};
use tyrian_model::vulnerability::{self, Advisory, Compared, Status, Vulnerable};

/// The check that judges what is found here.
pub(crate) const CHECK: &str = "vulnerable-package";
/// How many packages a gap names.
const MOST_NAMES: usize = 5;

/// What the findings of vulnerable packages say beside their text.
#[derive(Default)]
pub(crate) struct About(HashMap<String, Vulnerable>);

/// Compares all packages; without a database one line says that nobody does.
///
/// # Errors
/// The database was named and is not there, or it cannot be used: nothing is passed off as compared.
pub(crate) fn compare(facts: &mut Facts, db: Option<&Path>, quiet: bool) -> Result<About, Failure> {
    let mut about = About::default();
    let mut has_packages = false;
    for world in facts.worlds.values_mut() {
        world.images.each_mut(|image| {
            // What an earlier run compared is of its database.
            image.vulnerabilities = vulnerability::unasked();
            let _ = image.packages.clone().map(|packages| has_packages |= !packages.is_empty());
        });
    }
    if !has_packages {
        return Ok(about);
    }
    let file = match database::place(db) {
        Ok(file) => file,
        Err(_) if db.is_none() => return Ok(none(about, quiet)),
        Err(failure) => return Err(failure),
    };
    let Some(mapped) = Mapped::open(&file)? else {
        if db.is_some() {
            return Err(database::said(&file, &"there is none"));
        }
        return Ok(none(about, quiet));
    };
    let index = mapped.index(&file)?;
    let mut failed = None;
    for world in facts.worlds.values_mut() {
        world.images.each_mut(|image| match of_image(&index, image) {
            Ok(compared) => image.vulnerabilities = compared,
            Err(refused) => failed = Some(refused),
        });
    }
    if let Some(refused) = failed {
        return Err(database::said(&file, &refused));
    }
    for world in facts.worlds.values_mut() {
        world.images.each_mut(|image| {
            let _ = image.vulnerabilities.clone().map(|compared| {
                about.0.extend(compared.found.into_iter().map(|one| (one.what(), one)));
            });
        });
    }
    Ok(about)
}

fn none(about: About, quiet: bool) -> About {
    if !quiet {
        anstream::eprintln!(
            "tyrian: packages are not compared with known vulnerabilities: there is no advisory database (tyrian db update)"
        );
    }
    about
}

impl About {
    /// Gives the findings of vulnerable packages their package, advisory and severity, and puts them in their order.
    pub(crate) fn fill(&self, findings: &mut [Finding]) {
        for finding in findings.iter_mut().filter(|finding| finding.check == CHECK) {
            if let Some(one) = self.0.get(&finding.what) {
                finding.severity = one.severity();
                finding.package = Some(Box::new(one.package.clone()));
                finding.advisory = Some(Box::new(one.advisory.clone()));
            }
        }
        if !self.0.is_empty() {
            // What is exploited comes first among what is as bad; the order is stable otherwise.
            let exploited = |finding: &Finding| {
                finding.advisory.as_ref().is_some_and(|advisory| advisory.exploited.is_some())
            };
            findings.sort_by_key(|finding| {
                (std::cmp::Reverse((finding.severity, finding.confidence, exploited(finding))), finding.layer)
            });
        }
    }
}

/// What the database says of an image; what was not read of it stays so.
fn of_image(index: &Index<'_>, image: &Image) -> Result<Known<Compared>, Refused> {
    let mut result = Ok(());
    let known = image.packages.clone().and_then(|packages| {
        if packages.is_empty() {
            return Known::is(Compared::default());
        }
        image.distribution.clone().map(|distribution| {
            of_packages(index, distribution.as_ref(), &packages).unwrap_or_else(|refused| {
                result = Err(refused);
                Compared::default()
            })
        })
    });
    result.map(|()| known)
}

fn of_packages(
    index: &Index<'_>,
    distribution: Option<&Distribution>,
    packages: &BTreeMap<String, Package>,
) -> Result<Compared, Refused> {
    let gap = |why, what: String| Compared { found: Vec::new(), unclear: vec![Gap::new(why, what)] };
    let Some(distribution) = distribution else {
        let what = "the image does not say which distribution its packages are of, so that advisories cannot be looked up";
        return Ok(gap(Why::NotRead, what.into()));
    };
    let Some((ecosystem, has_release)) = matching::of_distribution(&distribution.id) else {
        let what = format!("no advisory data is known for the distribution {}", shown(&distribution.id));
        return Ok(gap(Why::NotRead, what));
    };
    let mut found: BTreeMap<(String, String, String), (Match, Vulnerable)> = BTreeMap::new();
    let (mut uncovered, mut doubts) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for (key, package) in packages {
        let name = key.split(':').next().unwrap_or(key);
        let asked = matching::Package {
            ecosystem,
            release: has_release.then_some(distribution.version.as_str()),
            name,
            version: &package.version,
            source: package.source.as_deref().map(|name| Source { name, version: None }),
            architecture: Some(package.architecture.as_str()),
            module: None,
        };
        let all = match matches(index, &asked)? {
            Outcome::NotCovered => {
                uncovered.push(name.to_owned());
                continue;
            }
            Outcome::Covered(all) => all,
        };
        for one in all {
            let of = package.source.as_deref().unwrap_or(name).to_owned();
            let status = match one.status {
                matching::Status::Affected => Status::Affected,
                matching::Status::NoFix => Status::AffectedNoFix,
                matching::Status::WillNotFix => Status::WillNotFix,
                matching::Status::NotAffected => continue,
                matching::Status::UnderInvestigation | matching::Status::Unknown => {
                    let why =
                        one.doubt.clone().unwrap_or_else(|| "its distribution does not know yet".into());
                    doubts.entry(why).or_default().push(format!("{of} and {}", shown(&one.id)));
                    continue;
                }
            };
            let place = (of, package.version.clone(), one.id.clone());
            if let std::collections::btree_map::Entry::Vacant(place) = found.entry(place) {
                let vulnerable = vulnerable(index, name, package, distribution, &one, status)?;
                place.insert((one, vulnerable));
            }
        }
    }
    let mut found: Vec<(Match, Vulnerable)> = found.into_values().collect();
    found.sort_by_key(|(a, _)| matching::urgency(a));
    let mut unclear = Vec::new();
    if !uncovered.is_empty() {
        let what = format!(
            "{} of {} packages are not covered by the advisory data ({}): `tyrian db status` says what is",
            uncovered.len(),
            packages.len(),
            some(&uncovered)
        );
        unclear.push(Gap::new(Why::NotRead, what));
    }
    for (why, mut of) in doubts {
        of.dedup();
        unclear.push(Gap::new(Why::Unresolved, format!("{}: {}", some(&of), shown(&why))));
    }
    Ok(Compared { found: found.into_iter().map(|(_, one)| one).collect(), unclear })
}

fn vulnerable(
    index: &Index<'_>,
    name: &str,
    package: &Package,
    distribution: &Distribution,
    one: &Match,
    status: Status,
) -> Result<Vulnerable, Refused> {
    let (title, _) = index.summary(one.advisory)?;
    let kind = if distribution.id == "alpine" { "apk" } else { "deb" };
    let mut aliases = one.aliases.clone();
    aliases.extend(one.about.iter().cloned());
    Ok(Vulnerable {
        package: vulnerability::Package {
            name: name.to_owned(),
            version: package.version.clone(),
            source: package.source.clone(),
            purl: format!(
                "pkg:{kind}/{}/{}@{}?arch={}&distro={}-{}",
                encoded(&distribution.id),
                encoded(name),
                encoded(&package.version),
                encoded(&package.architecture),
                encoded(&distribution.id),
                encoded(&distribution.version)
            ),
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

/// The first few.
fn some(names: &[String]) -> String {
    let mut out = names.iter().take(MOST_NAMES).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMES {
        out.push_str(&format!(" and {} more", names.len() - MOST_NAMES));
    }
    out
}

/// Without what a terminal could be fooled by, and short.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// As a package URL writes it.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        match plain(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

//! Packages of a snapshot, compared with the advisory database before they are judged.

mod age;
mod built_in;
mod packages;

use crate::Failure;
use crate::database::{self, Mapped};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use tyrian_advisory::index::{Index, Refused, Summaries};
use tyrian_judge::finding::Finding;
use tyrian_judge::policy::old_data;
use tyrian_model::fact::{Gap, Known, Many, See};
use tyrian_model::facts::{Facts, World};
use tyrian_model::image::{Distribution, Image};
use tyrian_model::packages::Package;
use tyrian_model::subject;
use tyrian_model::vulnerability::{Compared, Cure, Lock, Vulnerable, unasked};
use tyrian_report::Report;

/// The checks that judge what is found here.
const CHECKS: [&str; 2] = ["vulnerable-package", "vulnerable-dependency"];
/// How many packages a gap names.
const MOST_NAMES: usize = 5;

/// Is a finding of that check as bad as its advisory says?
pub(crate) fn is_of_advisory(check: &str) -> bool {
    CHECKS.contains(&check)
}

/// What a comparison tells beside the facts that it leaves.
#[derive(Default)]
pub(crate) struct About {
    /// What the findings of vulnerable packages say beside their text, by subject and text.
    found: HashMap<(String, String), Vulnerable>,
    /// What mends them, the change that mends most first.
    cures: Vec<Cure>,
    /// How many days old the data is, and which, where it is too old.
    old: Option<(i64, String)>,
}

/// Compares all packages; without a database one line says that nobody does. Data of more than so many days is said to
/// be old.
///
/// # Errors
/// The database was named and is not there, or it cannot be used: nothing is passed off as compared.
pub(crate) fn compare(
    facts: &mut Facts,
    db: Option<&Path>,
    days: u32,
    quiet: bool,
) -> Result<About, Failure> {
    let mut has_packages = false;
    for world in facts.worlds.values_mut() {
        // What an earlier run compared is of its database.
        world.locks = Many::default();
        has_packages |= world.packages.read() > 0;
        world.images.each_mut(|image| {
            image.vulnerabilities = unasked();
            has_packages |= image.software.read() > 0;
        });
    }
    if !has_packages {
        return Ok(About::default());
    }
    let file = match database::place(db) {
        Ok(file) => file,
        Err(_) if db.is_none() => return Ok(without(facts, quiet)),
        Err(failure) => return Err(failure),
    };
    let Some(mapped) = Mapped::open(&file)? else {
        if db.is_some() {
            return Err(database::said(&file, &"there is none"));
        }
        return Ok(without(facts, quiet));
    };
    let index = mapped.index(&file)?;
    let about = all(&index, facts).map_err(|refused| database::said(&file, &refused))?;
    let now = jiff::Timestamp::now().as_second();
    Ok(About { old: age::of(index.parts(), now).filter(|(old, _)| *old > i64::from(days)), ..about })
}

/// Compares with what is always there, and says that this is little.
fn without(facts: &mut Facts, quiet: bool) -> About {
    if !quiet {
        anstream::eprintln!(
            "tyrian: packages are compared with {} known ways out of a container alone: there is no advisory database (tyrian db update)",
            built_in::size()
        );
    }
    let mut about = About::default();
    for (name, world) in &mut facts.worlds {
        world.images.each_mut(|image| {
            let none = World::default();
            let see = See::new(&none);
            let packages = see.rows(&image.software).values().map(|package| &**package);
            if let Some(compared) = built_in::compare(packages) {
                image.vulnerabilities = Known::is(compared);
            }
        });
        about.note(name, world);
    }
    about
}

/// Compares images and lock files, and keeps what was found for the findings.
fn all(index: &Index<'_>, facts: &mut Facts) -> Result<About, Refused> {
    let mut about = About::default();
    let mut summaries = Summaries::new(index);
    for (name, world) in &mut facts.worlds {
        let mut failed = None;
        world.images.each_mut(|image| match of_image(index, &mut summaries, image) {
            Ok(compared) => image.vulnerabilities = compared,
            Err(refused) => failed = Some(refused),
        });
        if let Some(refused) = failed {
            return Err(refused);
        }
        world.locks = locks(index, &mut summaries, world)?;
        about.note(name, world);
    }
    about.cures.sort_by_key(|cure| std::cmp::Reverse(cure.mends.len()));
    Ok(about)
}

/// What the database says of an image; what was not read of it stays unknown.
fn of_image(
    index: &Index<'_>,
    summaries: &mut Summaries<'_, '_>,
    image: &Image,
) -> Result<Known<Compared>, Refused> {
    if !image.software.is_asked() {
        return Ok(unasked());
    }
    let world = World::default();
    let see = See::new(&world);
    let packages: Vec<&Package> = see.rows(&image.software).values().map(|package| &**package).collect();
    let distribution: Option<&Distribution> = see.get(&image.distribution).ok().and_then(Option::as_ref);
    let mut compared = packages::compare(index, summaries, &packages, distribution)?;
    compared.unclear.extend(image.software.missing().cloned());
    Ok(Known::is(compared))
}

/// What the database says of the lock files of a tree.
fn locks(index: &Index<'_>, summaries: &mut Summaries<'_, '_>, world: &World) -> Result<Many<Lock>, Refused> {
    if !world.packages.is_asked() {
        return Ok(Many::default());
    }
    let see = See::new(world);
    let mut files: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in see.rows(&world.packages).values() {
        files.entry(&package.place).or_default().push(package);
    }
    let mut locks = Many::whole([]);
    for (file, packages) in files {
        let compared = packages::compare(index, summaries, &packages, None)?;
        locks.add(format!("file:{file}"), Lock { vulnerabilities: Known::is(compared) });
    }
    world.packages.missing().cloned().for_each(|gap: Gap| locks.lacks(gap));
    Ok(locks)
}

impl About {
    /// Keeps what was found in a world for its findings.
    fn note(&mut self, name: &str, world: &World) {
        let see = See::new(world);
        let images = see.rows(&world.images).iter().map(|(row, image)| (row, &image.vulnerabilities));
        let locks = see.rows(&world.locks).iter().map(|(row, lock)| (row, &lock.vulnerabilities));
        for (row, compared) in images.chain(locks) {
            let id = subject::id(name, row, None);
            if let Some(Ok(Some(compared))) = see.apart(|see| see.asked(compared)) {
                let found = compared.found.iter().map(|one| ((id.clone(), one.what()), one.clone()));
                self.found.extend(found);
                let named = |cure: &Cure| Cure {
                    subject: id.clone(),
                    name: row.replacen(':', " ", 1),
                    ..cure.clone()
                };
                self.cures.extend(compared.cures.iter().map(named));
            }
        }
    }

    /// Gives the findings of vulnerable packages their package, advisory and severity, and puts them in their order;
    /// says what mends them, and that the data is old.
    pub(crate) fn fill(self, report: &mut Report) {
        for finding in report.findings.iter_mut().filter(|finding| is_of_advisory(&finding.check)) {
            if let Some(one) = self.found.get(&(finding.subject.clone(), finding.what.clone())) {
                finding.severity = one.severity();
                finding.package = Some(Box::new(one.package.clone()));
                finding.advisory = Some(Box::new(one.advisory.clone()));
            }
        }
        if let Some((days, sources)) = &self.old {
            report.findings.push(old_data(*days, sources));
        }
        if !self.found.is_empty() || self.old.is_some() {
            // What is exploited comes first among what is as bad; the order is stable otherwise.
            let exploited = |finding: &Finding| {
                finding.advisory.as_ref().is_some_and(|advisory| advisory.exploited.is_some())
            };
            report.findings.sort_by_key(|finding| {
                (std::cmp::Reverse((finding.severity, finding.confidence, exploited(finding))), finding.layer)
            });
        }
        report.cures = self.cures;
        // Of things that were not asked for nothing is told.
        let told: HashSet<&str> = report.findings.iter().map(|finding| finding.subject.as_str()).collect();
        report.cures.retain(|cure| told.contains(cure.subject.as_str()));
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

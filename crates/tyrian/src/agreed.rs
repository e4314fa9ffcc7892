//! Packages of a snapshot, held against the safe lists before they are judged.

use std::collections::BTreeMap;
use tyrian_advisory::safe_list::{Asked, SafeList, Said};
use tyrian_model::agreement::{Agreed, Agreement, Refused, unasked};
use tyrian_model::fact::{Gap, Known, Many, See, Why};
use tyrian_model::facts::{Facts, World};
use tyrian_model::packages::{Evidence, Package};

/// How many packages a gap names.
const MOST_NAMES: usize = 5;

/// Holds all packages against the lists, on that day. A package is refused where any of them refuses it, so that a
/// repository's own list can only be stricter than the organisation's.
pub(crate) fn judge(facts: &mut Facts, lists: &[&SafeList], today: &str) {
    let lists: Vec<&SafeList> = lists.iter().copied().filter(|list| !list.entries.is_empty()).collect();
    for world in facts.worlds.values_mut() {
        // What an earlier run said was by its lists.
        world.agreements = Many::default();
        world.images.each_mut(|image| image.agreed = unasked());
        if lists.is_empty() {
            continue;
        }
        if world.packages.is_asked() {
            world.agreements = files(world, &lists, today);
        }
        world.images.each_mut(|image| {
            if !image.software.is_asked() {
                return;
            }
            let world = World::default();
            let see = See::new(&world);
            // What a distribution's package brought is judged as that package; what a lock file names is not there yet.
            let counts = |it: &&Package| it.owner.is_none() && it.evidence == Evidence::Installed;
            let packages = see.rows(&image.software).values().map(|package| &**package).filter(counts);
            let mut agreed = of(packages, &lists, today, true);
            agreed.unclear.extend(image.software.missing().cloned());
            image.agreed = Known::is(agreed);
        });
    }
}

fn files(world: &World, lists: &[&SafeList], today: &str) -> Many<Agreement> {
    let see = See::new(world);
    let mut files: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in see.rows(&world.packages).values() {
        files.entry(&package.place).or_default().push(package);
    }
    let mut out = Many::whole([]);
    for (file, packages) in files {
        let agreed = of(packages.into_iter(), lists, today, false);
        out.add(format!("file:{file}"), Agreement { agreed: Known::is(agreed) });
    }
    world.packages.missing().cloned().for_each(|gap| out.lacks(gap));
    out
}

/// What the lists say of the packages of one thing.
fn of<'p>(
    packages: impl Iterator<Item = &'p Package>,
    lists: &[&SafeList],
    today: &str,
    is_image: bool,
) -> Agreed {
    let mut agreed = Agreed::default();
    let mut unclear: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let asked = Asked {
            purl: &package.purl,
            ecosystem: package.ecosystem.as_deref(),
            version: package.version.as_deref(),
            licence: package.licence.as_deref(),
        };
        let said: Vec<Said> = lists.iter().map(|list| list.says(&asked, today)).collect();
        let mut refusals = said.iter().filter_map(|said| match said {
            Said::Refused(why) => Some(why.clone()),
            _ => None,
        });
        let why = refusals.next();
        let doubt = said.iter().find_map(|said| match said {
            Said::Unclear(why) => Some(why.clone()),
            _ => None,
        });
        match (why, doubt) {
            (Some(why), _) => agreed.refused.push(Refused {
                package: package.label(),
                why,
                place: Some(package.place.clone()).filter(|_| is_image && !package.kind.is_distribution()),
                line: package.line,
            }),
            (None, Some(doubt)) => unclear.entry(doubt).or_default().push(package.label()),
            (None, None) => {}
        }
    }
    agreed.unclear = unclear.into_iter().map(|(why, of)| gap(&why, &of)).collect();
    agreed
}

fn gap(why: &str, of: &[String]) -> Gap {
    let mut names = of.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    if of.len() > MOST_NAMES {
        names.push_str(&format!(" and {} more", of.len() - MOST_NAMES));
    }
    Gap::new(Why::Unresolved, format!("{names}: {why}"))
}

//! Where there is no advisory database: programs with known ways out of a container, from the set that is always there.

use tyrian_model::escapes::{self, ESCAPES, Escape};
use tyrian_model::evidence::Severity;
use tyrian_model::fact::{Gap, Why};
use tyrian_model::packages::{Evidence, Kind, Package};
use tyrian_model::vulnerability::{self, Advisory, Compared, Status, Vulnerable};

/// How many ways out it knows.
pub(super) fn size() -> usize {
    ESCAPES.len()
}

/// The programs of an image that have one; nothing where none has, for the set is partial: what it does not know is
/// not clean.
///
/// A library that a program has in it is no way out by itself: the module that a program was built from counts.
pub(super) fn compare<'p>(packages: impl Iterator<Item = &'p Package>) -> Option<Compared> {
    let mut found = Vec::new();
    for package in packages {
        let is_program = package.kind == Kind::Golang
            && package.evidence == Evidence::Installed
            && package.why.is_empty()
            && package.owner.is_none();
        let Some(version) = package.version.as_deref().filter(|_| is_program) else { continue };
        for escape in escapes::of(&package.name, version).unwrap_or_default() {
            found.push(vulnerable(package, version, escape));
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.advisory.severity));
    let what = format!(
        "the image was compared with {} known ways out of a container alone, not with advisories: `tyrian db update` makes a database",
        size()
    );
    (!found.is_empty()).then(|| Compared {
        found,
        unclear: vec![Gap::new(Why::NotRead, what)],
        cures: Vec::new(),
    })
}

fn vulnerable(package: &Package, version: &str, escape: &Escape) -> Vulnerable {
    let fixed = escapes::fixed(escape, version).map(str::to_owned);
    Vulnerable {
        package: vulnerability::Package {
            name: package.name.clone(),
            version: version.to_owned(),
            source: None,
            source_version: None,
            purl: package.purl.clone(),
            place: Some(package.place.clone()),
            line: None,
            layer: package.layer,
            base: package.base,
            dev: false,
            why: Vec::new(),
        },
        advisory: Advisory {
            id: escape.id.to_owned(),
            aliases: vec![escape.advisory.to_owned()],
            status: if fixed.is_some() { Status::Affected } else { Status::AffectedNoFix },
            fixed,
            severity: Some(match escape.score {
                90.. => Severity::Critical,
                70.. => Severity::High,
                40.. => Severity::Medium,
                _ => Severity::Low,
            }),
            score: Some(f64::from(escape.score) / 10.0),
            exploited: None,
            likely: None,
            title: escape.title.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str, version: &str) -> Package {
        Package::new(Kind::Golang, name, Some(version.into()), "/usr/local/bin/x")
    }

    #[test]
    fn a_program_counts_and_a_library_in_one_does_not() {
        let runc = program("github.com/opencontainers/runc", "v1.1.11");
        let compared = compare([&runc].into_iter()).unwrap();
        assert_eq!(compared.found[0].advisory.id, "CVE-2024-21626");
        assert_eq!(compared.found[0].advisory.fixed.as_deref(), Some("1.1.12"));
        assert!(compared.unclear[0].what.contains("alone"));
        let library = Package { why: vec!["example.com/shop v1.0.0".into()], ..runc.clone() };
        let owned = Package { owner: Some("runc".into()), ..runc.clone() };
        let mended = program("github.com/opencontainers/runc", "v1.3.3");
        let other = program("example.com/runc", "v1.0.0");
        assert_eq!(compare([&library, &owned, &mended, &other].into_iter()), None);
    }
}

//! Databases for tests.

use tyrian_advisory::affected::{Affected, Event, Kind, Range};
use tyrian_advisory::import::{self, Found};
use tyrian_advisory::index::Builder;
use tyrian_advisory::matching::Package;
use tyrian_advisory::record::{Of, Part, Record};

/// A part with one record: all versions before `fixed` are hit.
pub(crate) fn osv(ecosystem: &str, name: &str, id: &str, alias: &str, fixed: &str) -> Found {
    let events = vec![Event::Introduced("0".into()), Event::Fixed(fixed.into())];
    let of = Of {
        ecosystem: ecosystem.into(),
        name: name.into(),
        versions: Affected { ranges: vec![Range { kind: Kind::Ecosystem, events }], versions: Vec::new() },
        ..Of::default()
    };
    let record =
        Record { id: id.into(), aliases: vec![alias.into()], affected: vec![of], ..Record::default() };
    let part = Part { name: format!("osv:{ecosystem}"), records: 1, ..Part::default() };
    Found { part, records: vec![record], ..Found::default() }
}

/// A package of Debian 12.
pub(crate) fn deb<'a>(name: &'a str, version: &'a str) -> Package<'a> {
    Package { ecosystem: "Debian", release: Some("12"), name, version, ..Package::default() }
}

/// A database of these.
pub(crate) fn database(found: &[Found]) -> Vec<u8> {
    let mut builder = Builder::default();
    found.iter().for_each(|found| builder.add(found.clone()));
    builder.build()
}

/// A database of what lies beside the checkout; nothing, and a word, where that is not there.
pub(crate) fn shared_database(test: &str) -> Option<Vec<u8>> {
    let folder = tyrian_lab::shared(test, "advisories")?;
    let names =
        ["AlmaLinux/all.zip", "Debian/all.zip", "Go/all.zip", "PyPI/all.zip", "rustsec-advisory-db.tar.gz"];
    let mut builder = Builder::default();
    for name in names {
        builder.add(import::file(name, &std::fs::read(folder.join(name)).unwrap()).unwrap());
    }
    Some(builder.build())
}

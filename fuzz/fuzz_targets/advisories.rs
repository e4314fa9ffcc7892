#![no_main]
//! Any bytes as every kind of source, as a VEX document and as a database: no panic, no endless work, and what is made of a source can be
//! opened, asked, and made again.

use libfuzzer_sys::fuzz_target;
use tyrian_advisory::import;
use tyrian_advisory::index::{Builder, Index};
use tyrian_advisory::matching::{Package, matches};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(index) = Index::open(bytes) {
        let _ = index.records();
    }
    for statement in
        tyrian_advisory::vex::parse(bytes).into_iter().flat_map(|document| document.statements).take(20)
    {
        let _ =
            statement.is_about(&["CVE-2024-0001"], "pkg:npm/lodash@4.17.20", &["pkg:oci/web", "sha256:abc"]);
    }
    let names = ["Debian/all.zip", "a.json", "debian.json", "epss.csv", "RUSTSEC-2020-0001.md", "db.tar.gz"];
    for name in names {
        let Ok(found) = import::file(name, bytes) else { continue };
        let mut builder = Builder::default();
        builder.add(found.clone());
        let file = builder.build();
        let index = Index::open(&file).unwrap();
        for of in found.records.iter().flat_map(|record| &record.affected).take(20) {
            let package =
                Package { ecosystem: &of.ecosystem, name: &of.name, version: "1.0", ..Package::default() };
            let _ = matches(&index, &package).unwrap();
        }
        assert_eq!(Builder::of(&index, |_| true).unwrap().build(), file);
    }
});

//! What tells of packages is read or refused, whatever is in it. The first byte says which reader gets the rest; up to a
//! zero of two bytes it is the file, and behind it what lies beside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use tyrian_model::packages::{Release, parse_purl};
use tyrian_read::packages::{ALL, File, read, settle};
use tyrian_read::secrets::Key;

const NAMES: &[&str] =
    &["pom.xml", "package.json", "go.sum", "Cargo.toml", "pyproject.toml", "composer.json", "x.in"];

fuzz_target!(|bytes: &[u8]| {
    let _ = tyrian_read::sbom::read("bill.json", bytes, &Key([7; 32]));
    let Some((first, rest)) = bytes.split_first() else { return };
    let format = ALL[usize::from(*first) % ALL.len()];
    let end = rest.windows(2).position(|two| two == [0, 0]).unwrap_or(rest.len());
    let (own, other) = match format.is_lock() {
        true => rest.split_at(end),
        false => (rest, &rest[..0]),
    };
    let other = String::from_utf8_lossy(other).into_owned();
    let beside: BTreeMap<&str, &str> = NAMES.iter().map(|name| (*name, other.as_str())).collect();
    for path in ["api/pom.xml", "usr/bin/busybox"] {
        let found = read(format, &File { path, bytes: own, beside: &beside });
        assert!(found.gaps.iter().all(|gap| gap.what.len() < 5000));
        for mut package in found.packages.into_iter().take(100) {
            settle(&Key([7; 32]), &mut package, Some(Release { id: "debian", version: "12" }));
            assert!(parse_purl(&package.purl).is_some(), "{}", package.purl);
        }
    }
});

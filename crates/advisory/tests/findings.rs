//! What advisories hit is what a slow program says that asks each ecosystem's own program: see `judges/findings`.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

#[allow(dead_code)] // it is shared
mod common;

use common::shared_database;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use tyrian_advisory::index::Index;
use tyrian_advisory::matching::{Match, Outcome, Package, Status, matches};

/// The recorded answers: the judge, the sum of its data, and a line for each version that was asked about.
fn recorded(ecosystem: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/judges/findings/{ecosystem}.gz"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn compare(ecosystem: &str, least: usize) {
    let test = "findings";
    let Some(bytes) = shared_database(test) else { return };
    let Some(zip) = tyrian_lab::shared(test, &format!("advisories/{ecosystem}/all.zip")) else { return };
    let lines = recorded(ecosystem);
    let sum = Sha256::digest(std::fs::read(zip).unwrap());
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    if lines[1] != sum {
        eprintln!(
            "{test}: skipped, the data of {ecosystem} is another than the judge had: run judges/findings"
        );
        return;
    }
    let index = Index::open(&bytes).unwrap();
    let (mut hit, mut wrong) = (0, Vec::new());
    for line in &lines[2..] {
        let fields: Vec<&str> = line.split('\t').collect();
        let expected: BTreeSet<&str> = fields[3].split_whitespace().collect();
        let package =
            Package { ecosystem: fields[0], name: fields[1], version: fields[2], ..Package::default() };
        let Outcome::Covered(found) = matches(&index, &package).unwrap() else { panic!("{line}") };
        let names = |one: &Match| -> BTreeSet<String> {
            std::iter::once(&one.id).chain(&one.aliases).chain(&one.about).cloned().collect()
        };
        assert!(found.iter().all(|one| one.status != Status::Unknown), "{line}: {found:?}");
        let hits: Vec<BTreeSet<String>> = found.iter().filter(|one| one.status.is_hit()).map(names).collect();
        hit += expected.len();
        for id in &expected {
            if !hits.iter().any(|names| names.contains(*id)) {
                wrong.push(format!("{line}: {id} is missed"));
            }
        }
        for names in &hits {
            if !names.iter().any(|name| expected.contains(name.as_str())) {
                wrong.push(format!("{line}: {names:?} is no hit"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), lines.len(), &wrong[..wrong.len().min(5)]);
    assert!(hit > least, "{hit}");
}

#[test]
fn findings_of_almalinux_are_those_of_rpm() {
    compare("AlmaLinux", 300);
}

#[test]
fn findings_of_python_are_those_of_packaging() {
    compare("PyPI", 500);
}

#[test]
fn findings_of_go_are_those_of_its_own_library() {
    compare("Go", 500);
}

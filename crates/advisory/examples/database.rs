//! Measures import, opening and matching: `database FOLDER`, laid out like the export of OSV.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // it is a measure

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use tyrian_advisory::import;
use tyrian_advisory::index::{Builder, Index};
use tyrian_advisory::matching::{Package, matches};

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let names =
        ["AlmaLinux/all.zip", "Debian/all.zip", "Go/all.zip", "PyPI/all.zip", "rustsec-advisory-db.tar.gz"];
    let start = Instant::now();
    let mut builder = Builder::default();
    for name in names {
        let Ok(bytes) = std::fs::read(Path::new(&folder).join(name)) else { continue };
        builder.add(import::file(name, &bytes).unwrap());
    }
    let file = builder.build();
    println!("import: {:.2} s, {} KiB", start.elapsed().as_secs_f64(), file.len() / 1024);
    let start = Instant::now();
    for _ in 0..1000 {
        black_box(Index::open(black_box(&file)).unwrap());
    }
    println!("open: {:.1} µs", start.elapsed().as_secs_f64() * 1e3);
    let mut all: Vec<(String, String)> = Vec::new();
    for (_, record) in Index::open(&file).unwrap().records().unwrap() {
        all.extend(record.affected.into_iter().map(|of| (of.ecosystem, of.name)));
    }
    all.sort();
    all.dedup();
    // 500 packages from all over the data, all of them named in it.
    let step = (all.len() / 500).max(1);
    let asked: Vec<_> = all.iter().step_by(step).take(500).collect();
    let index = Index::open(&file).unwrap();
    let start = Instant::now();
    let mut said = 0;
    for (ecosystem, name) in &asked {
        let package = Package { ecosystem, name, version: "1.0.0", ..Package::default() };
        if let tyrian_advisory::matching::Outcome::Covered(found) =
            black_box(matches(&index, &package).unwrap())
        {
            said += found.len();
        }
    }
    let took = start.elapsed().as_secs_f64() * 1e3;
    println!("match: {took:.2} ms for {} packages, which {said} vulnerabilities name", asked.len());
}

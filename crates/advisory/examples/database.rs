//! Measures import, opening and matching: `database FOLDER`, laid out like the export of OSV.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // it is a measure

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use tyrian_advisory::affected::Event;
use tyrian_advisory::import;
use tyrian_advisory::index::{Builder, Index};
use tyrian_advisory::matching::{Outcome, Package, hits};
use tyrian_advisory::version::Scheme;

/// How many packages are asked about.
const ASKED: usize = 500;

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let folder = Path::new(&folder);
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| if folder.join(&name).is_dir() { format!("{name}/all.zip") } else { name })
        .filter(|name| import::is_candidate(name))
        .collect();
    names.sort();
    let start = Instant::now();
    let mut builder = Builder::default();
    for name in names {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        builder.add(import::file(&name, &bytes).unwrap());
    }
    let read = start.elapsed().as_secs_f64();
    let file = builder.build();
    println!(
        "import: {:.2} s ({read:.2} s of it reading), {} KiB",
        start.elapsed().as_secs_f64(),
        file.len() / 1024
    );
    let start = Instant::now();
    for _ in 0..1000 {
        black_box(Index::open(black_box(&file)).unwrap());
    }
    println!("open: {:.1} µs", start.elapsed().as_secs_f64() * 1e3);
    // For each package the newest version that anybody names as mended: what a system has that is kept up to date.
    let mut all: BTreeMap<(String, String), String> = BTreeMap::new();
    for (_, record) in Index::open(&file).unwrap().records().unwrap() {
        for of in record.affected {
            let Some(scheme) = Scheme::of_ecosystem(&of.ecosystem) else { continue };
            let newest = all.entry((of.ecosystem, of.name)).or_default();
            for event in of.versions.ranges.iter().flat_map(|range| &range.events) {
                if let Event::Fixed(fixed) = event
                    && (newest.is_empty() || scheme.compare(fixed, newest).is_ok_and(|order| order.is_gt()))
                {
                    newest.clone_from(fixed);
                }
            }
        }
    }
    let step = (all.len() / ASKED).max(1);
    let asked: Vec<_> = all.iter().step_by(step).take(ASKED).collect();
    for (what, old) in [("up to date", None), ("of the first version", Some("0.0.1"))] {
        // The first look-ups check the sums of what they read.
        let index = Index::open(&file).unwrap();
        for way in ["first", "again"] {
            let start = Instant::now();
            let mut hit = 0;
            for ((ecosystem, name), newest) in &asked {
                let version = old.unwrap_or(newest);
                let package = Package { ecosystem, name, version, ..Package::default() };
                if let Outcome::Covered(found) = black_box(hits(&index, &package).unwrap()) {
                    hit += found.len();
                }
            }
            let took = start.elapsed().as_secs_f64() * 1e3;
            println!("match, {way}: {took:.2} ms for {} packages {what}, {hit} hits", asked.len());
        }
    }
}

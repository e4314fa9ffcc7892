//! Versions as advisories name them, from a folder laid out like the OSV export. They are read here and not kept.

use super::pairs::Random;
use flate2::read::DeflateDecoder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// The lists that there are: their names, and the ecosystems they come from.
pub const LISTS: [(&str, &str); 4] =
    [("deb-real", "Debian"), ("rpm-real", "AlmaLinux"), ("go-real", "Go"), ("pep440-real", "PyPI")];

/// How many pairs are taken of each.
const COUNT: usize = 20_000;

/// Pairs of versions of the ecosystem: neighbours of each other in the alphabet, where the hard cases are, and others.
pub fn list(name: &str, folder: &Path) -> Vec<(String, String)> {
    let ecosystem = LISTS.iter().find(|(list, _)| *list == name).unwrap().1;
    let mut versions = BTreeSet::new();
    for record in records(&folder.join(ecosystem).join("all.zip")) {
        for affected in record["affected"].as_array().into_iter().flatten() {
            let listed = affected["versions"].as_array().into_iter().flatten();
            let ranges = affected["ranges"].as_array().into_iter().flatten();
            let events = ranges
                .filter(|range| range["type"] != "GIT")
                .flat_map(|range| range["events"].as_array().into_iter().flatten())
                .flat_map(|event| event.as_object().into_iter().flat_map(|event| event.values()));
            versions.extend(listed.chain(events).filter_map(Value::as_str).map(str::to_owned));
        }
    }
    let versions: Vec<String> = versions.into_iter().collect();
    let mut random = Random::new(name);
    (0..COUNT)
        .map(|_| {
            let at = random.below(versions.len());
            let other = if random.once_in(2) { random.below(versions.len()) } else { at + random.below(5) };
            (versions[at].clone(), versions[other.min(versions.len() - 1)].clone())
        })
        .collect()
}

/// The records of a zip archive of JSON files, in the order of their names.
pub fn records(archive: &Path) -> Vec<Value> {
    let bytes = std::fs::read(archive).unwrap();
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let u32_at = |at: usize| u16_at(at) + (u16_at(at + 2) << 16);
    // The directory at its end says where each file is.
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let (count, mut at) = (u16_at(end + 10), u32_at(end + 16));
    let mut files = Vec::new();
    for _ in 0..count {
        let (method, packed, name_length) = (u16_at(at + 10), u32_at(at + 20), u16_at(at + 28));
        let local = u32_at(at + 42);
        let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
        let content = &bytes[start..start + packed];
        let name = bytes[at + 46..at + 46 + name_length].to_vec();
        let mut text = Vec::new();
        match method {
            0 => text.extend_from_slice(content),
            8 => drop(DeflateDecoder::new(content).read_to_end(&mut text).unwrap()),
            other => panic!("method {other} of a zip archive"),
        }
        if name.ends_with(b".json") {
            files.push((name, serde_json::from_slice(&text).unwrap()));
        }
        at += 46 + name_length + u16_at(at + 30) + u16_at(at + 32);
    }
    files.sort_by(|a: &(Vec<u8>, Value), b| a.0.cmp(&b.0));
    files.into_iter().map(|(_, record)| record).collect()
}

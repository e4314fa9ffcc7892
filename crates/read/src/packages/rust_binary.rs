//! What `cargo auditable` writes into a program: every crate that is in it.

use super::elf::Elf;
use super::graph::Graph;
use super::{File, Found};
use flate2::read::ZlibDecoder;
use serde::Deserialize;
use std::io::Read;
use tyrian_model::packages::{Kind, Package};

/// The longest list, unpacked, in bytes.
const LONGEST: u64 = 16 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

/// The crates of a Rust program that has such a list.
pub(super) fn read(file: &File<'_>, elf: &Elf<'_>) -> Option<Found> {
    let section = elf.section(".dep-v0")?;
    let mut text = Vec::new();
    let unpacked = ZlibDecoder::new(section).take(LONGEST).read_to_end(&mut text);
    let list = unpacked.ok().and_then(|_| serde_json::from_slice::<List>(&text).ok());
    let Some(list) = list else {
        return Some(file.malformed("", "the program's list of crates is broken").into());
    };
    let mut graph = Graph::new(list.packages.len());
    for (index, one) in list.packages.iter().enumerate() {
        graph.needs[index] = one.dependencies.iter().map(|need| (*need, false)).collect();
    }
    let roots: Vec<usize> = (0..list.packages.len()).filter(|index| list.packages[*index].root).collect();
    let packages = list.packages.iter().map(|one| {
        let mut package = Package::new(Kind::Cargo, one.name.as_str(), Some(one.version.clone()), file.path);
        // Its code ran while the program was built, and is not in it.
        package.dev = one.kind == "build";
        // Crates of a folder and of Git go by names that the registry may give to others.
        if !matches!(one.source.as_str(), "crates.io" | "registry") {
            package.ecosystem = None;
        }
        package
    });
    let mut packages: Vec<Package> = packages.collect();
    let label = |index: usize| format!("{} {}", list.packages[index].name, list.packages[index].version);
    graph.explain(&roots, label, packages.iter_mut().enumerate(), false);
    Some(Found { packages, ..Found::default() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bytes, labels};
    use super::*;
    use std::io::Write;

    /// A file that has that one section.
    pub(crate) fn program(list: &str) -> Vec<u8> {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(list.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let mut out = vec![0_u8; 64];
        out[..6].copy_from_slice(b"\x7fELF\x02\x01");
        let names = b"\0.dep-v0\0";
        let sections = 64 + packed.len() + names.len();
        out[0x28..0x30].copy_from_slice(&(sections as u64).to_le_bytes());
        out[0x3a] = 64;
        out[0x3c] = 2;
        out.extend(&packed);
        out.extend(names);
        for (name, offset, size) in [(0_u32, 64 + packed.len(), names.len()), (1, 64, packed.len())] {
            let mut section = vec![0_u8; 64];
            section[..4].copy_from_slice(&name.to_le_bytes());
            section[4] = 1;
            section[24..32].copy_from_slice(&(offset as u64).to_le_bytes());
            section[32..40].copy_from_slice(&(size as u64).to_le_bytes());
            out.extend(section);
        }
        out
    }

    #[test]
    fn crates_are_read_with_their_chains() {
        let list = r#"{"packages": [{"name": "app", "version": "0.1.0", "source": "local", "root": true, "dependencies": [1]},
            {"name": "serde", "version": "1.0.1", "source": "crates.io", "dependencies": [2, 99]},
            {"name": "autocfg", "version": "1.1.0", "source": "crates.io", "kind": "build"}]}"#;
        let program = program(list);
        let found = read(&bytes("/app", &program), &Elf::new(&program).unwrap()).unwrap();
        assert_eq!(labels(&found), ["app 0.1.0", "serde 1.0.1", "autocfg 1.1.0"]);
        assert_eq!(found.packages[2].why, ["app 0.1.0", "serde 1.0.1"]);
        assert_eq!((found.packages[2].dev, &found.packages[0].ecosystem), (true, &None));
    }
}

//! Names the analyser: whatever changes in how layers are read makes what was kept of them worthless.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

fn main() {
    // What is kept of a layer depends on these alone.
    const PARTS: [&str; 3] = ["../read/src", "../model/src", "src/image"];
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
        sources(Path::new(part), &mut files).expect("the sources beside this one can be read");
    }
    println!("cargo::rerun-if-changed=src/image.rs");
    files.push("src/image.rs".into());
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        (file.to_string_lossy(), fs::read(&file).expect("a source can be read")).hash(&mut hash);
    }
    println!("cargo::rustc-env=TYRIAN_ANALYSER={:016x}", hash.finish());
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => sources(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

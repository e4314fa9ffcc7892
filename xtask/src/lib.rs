//! Generated files: what they are to hold, as a map from their paths below the repository to their texts.
//!
//! A task writes them, and a test compares them, so that neither a document nor a registration is forgotten.

#[cfg(feature = "docs")]
pub mod docs;
pub mod registry;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Texts by their paths relative to the repository, with `/`.
pub type Files = BTreeMap<String, String>;

/// Writes the files that differ, and says which.
///
/// # Errors
/// A file or folder that cannot be written.
pub fn write(root: &Path, files: &Files) -> io::Result<Vec<String>> {
    let mut written = Vec::new();
    for name in stale(root, files) {
        let path = root.join(&name);
        let Some(text) = files.get(&name) else {
            std::fs::remove_file(path)?;
            written.push(format!("{name} (removed)"));
            continue;
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
        written.push(name);
    }
    Ok(written)
}

/// The folders that hold nothing but generated files.
const WHOLE: [&str; 2] = ["docs/man", "docs/completions"];

/// The files that are not as they are to be, and those in a generated folder that nothing generates.
pub fn stale(root: &Path, files: &Files) -> Vec<String> {
    let differs = |(name, text): &(&String, &String)| {
        std::fs::read(root.join(name)).map_or(true, |found| found != text.as_bytes())
    };
    let mut stale: Vec<String> = files.iter().filter(differs).map(|(name, _)| name.clone()).collect();
    for folder in WHOLE.into_iter().filter(|folder| files.keys().any(|name| name.starts_with(folder))) {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        let names = entries.map(|entry| format!("{folder}/{}", entry.file_name().display()));
        stale.extend(names.filter(|name| !files.contains_key(name)));
    }
    stale
}

//! Trees of manifests and kustomizations: reading them ends, and never panics.
//!
//! The input is files, each `path` NUL `text` NUL; an input without NUL is one manifest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::Input;
use tyrian_read::kubernetes::worlds;
use tyrian_read::secrets::Key;

fuzz_target!(|input: &str| {
    let key = Key([0; 32]);
    let parts: Vec<&str> = input.split('\0').collect();
    let files: Vec<Input> = match parts.len() {
        1 => vec![Input { path: "a.yaml", text: input, key: &key }],
        _ => parts
            .chunks(2)
            .map(|pair| Input { path: pair[0], text: pair.last().unwrap_or(&""), key: &key })
            .collect(),
    };
    let (facts, _) = worlds(&files);
    // What was read can be written.
    let _ = serde_json::to_string(&facts);
});

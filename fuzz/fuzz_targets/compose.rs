//! Compose files with an override, an extended file and variables beside them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::secrets::Key;
use tyrian_read::{Input, compose};

fuzz_target!(|input: &str| {
    let parts: Vec<&str> = input.split('\0').collect();
    let file = |path: &str| match path {
        "compose.override.yaml" => parts.get(1).copied(),
        "common.yaml" => parts.get(2).copied(),
        ".env" => parts.get(3).copied(),
        "Dockerfile" => parts.get(4).copied(),
        _ => None,
    };
    let facts = compose::read(&Input { path: "compose.yaml", text: parts[0], key: &Key([7; 32]) }, &file);
    let _ = serde_json::to_string(&facts);
});

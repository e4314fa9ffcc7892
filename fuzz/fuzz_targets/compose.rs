//! Compose files with an override, an extended file and variables beside them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_model::fact::{Gap, Why};
use tyrian_read::Input;
use tyrian_read::compose::{self, Found};
use tyrian_read::secrets::Key;

fuzz_target!(|input: &str| {
    let parts: Vec<&str> = input.split('\0').collect();
    let gap = Gap::new(Why::Denied, "no right");
    let part = |index: usize| match parts.get(index).copied() {
        Some("unread") => Found::Unread(&gap),
        Some(text) => Found::There(text),
        None => Found::Absent,
    };
    let file = |path: &str| match path {
        "compose.override.yaml" => part(1),
        "common.yaml" => part(2),
        ".env" => part(3),
        "Dockerfile" => part(4),
        _ => Found::Absent,
    };
    let facts = compose::read(&Input { path: "compose.yaml", text: parts[0], key: &Key([7; 32]) }, &file);
    let _ = serde_json::to_string(&facts);
});

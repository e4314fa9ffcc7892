//! Answers of an engine that lies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::engine::example;
use tyrian_read::secrets::Key;

fuzz_target!(|text: &str| {
    let _ = serde_json::to_string(&example(text, &Key([7; 32])));
});

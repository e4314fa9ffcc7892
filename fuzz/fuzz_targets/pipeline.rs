//! Workflows and Jenkinsfiles from any text.
#![no_main]
use libfuzzer_sys::fuzz_target;
use tyrian_read::{Input, pipeline, secrets::Key};

fuzz_target!(|text: &str| {
    let input = Input { path: "f", text, key: &Key([0; 32]) };
    let _ = pipeline::github(&input);
    let _ = pipeline::jenkins(&input);
});

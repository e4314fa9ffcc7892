//! Terraform from any text, in both of its syntaxes.
#![no_main]
use libfuzzer_sys::fuzz_target;
use tyrian_read::{Input, secrets::Key, terraform};

fuzz_target!(|text: &str| {
    for path in ["f.tf", "f.tf.json"] {
        let _ = terraform::read(&Input { path, text, key: &Key([0; 32]) });
    }
});

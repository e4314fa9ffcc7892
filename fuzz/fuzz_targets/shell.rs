#![no_main]
//! Any text as a script.

use libfuzzer_sys::fuzz_target;
use tyrian_read::{Input, secrets::Key, shell};

fuzz_target!(|text: &str| {
    let key = Key([0; 32]);
    shell::file(&Input { path: "x.sh", text, key: &key });
});

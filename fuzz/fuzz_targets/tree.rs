//! Files of a source tree, whatever they are called: glancing at them and reading them ends, and never panics.
//!
//! The input is files, each `path` NUL `text` NUL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::assemble::{facts, glance};
use tyrian_read::secrets::Key;

fuzz_target!(|input: &[u8]| {
    let key = Key([7; 32]);
    let parts: Vec<&[u8]> = input.split(|byte| *byte == 0).collect();
    let file = |pair: &[&[u8]]| {
        glance(&String::from_utf8_lossy(pair[0]), pair.get(1).unwrap_or(&&b""[..]).to_vec(), &key)
    };
    let (facts, _) = facts("tree", parts.chunks(2).filter_map(file).collect(), &key);
    // What was read can be written, and read again.
    let text = serde_json::to_string(&facts).unwrap();
    serde_json::from_str::<tyrian_model::facts::Facts>(&text).unwrap();
});

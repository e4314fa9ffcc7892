#![no_main]
//! Any text as a Dockerfile and its words as references to images.

use libfuzzer_sys::fuzz_target;
use tyrian_read::{Input, dockerfile, image_ref, secrets::Key};

fuzz_target!(|text: &str| {
    let key = Key([0; 32]);
    dockerfile::read(&Input { path: "Dockerfile", text, key: &key });
    for word in text.split_whitespace() {
        image_ref::image_ref(word);
    }
});

//! Nothing panics, and there are no more timed lines than lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::Input;
use tyrian_read::logs::{is_log, read};
use tyrian_read::secrets::Key;

fuzz_target!(|text: &str| {
    is_log("out.txt", text);
    let sample = read(&Input { path: "app.log", text, key: &Key([7; 32]) });
    assert_eq!(sample.lines, text.lines().count());
});

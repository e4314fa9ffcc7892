//! Nothing panics; a name that is shown is one short line; and a line is read by itself as it is among others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_emulate::detector::{Kind, read};

fuzz_target!(|text: &str| {
    for kind in [Kind::Falco, Kind::Tetragon, Kind::Auditd, Kind::Kernel] {
        for line in text.lines() {
            if let Some(said) = read(kind, line, 0) {
                assert!(said.rule.chars().count() <= 200 && !said.rule.contains(char::is_control));
                assert!(said.text.contains(line));
            }
        }
    }
});

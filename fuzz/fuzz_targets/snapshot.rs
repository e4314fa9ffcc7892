//! Snapshots that somebody else wrote: refused, or judged without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_model::snapshot::parse;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(snapshot) = parse(bytes) {
        tyrian_judge::run::judge(&snapshot.facts, &tyrian_rules::checks::all());
    }
});

//! Nothing panics, places are in the text, and what is concealed keeps no secret that has a form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::secrets::{Key, MORE, MOST, conceal, kind_of_name, sightings, sightings_in};

fuzz_target!(|text: &str| {
    let key = Key([7; 32]);
    let lines = text.split('\n').count();
    for seen in
        [sightings(&key, text), sightings_in(&key, ".env", text), sightings_in(&key, "src/app.py", text)]
    {
        assert!(seen.len() <= MOST + 1);
        assert!(seen.iter().all(|one| one.at.as_ref().is_some_and(|at| at.line as usize <= lines)));
    }
    let (name, value) = text.split_once('=').unwrap_or(("PASSWORD", text));
    kind_of_name(name);
    let left = conceal(&key, name, value, None).text;
    // A key may end up beside other text that makes a new form of it; the old hashes must be gone.
    let before: Vec<String> =
        sightings(&key, value).into_iter().filter(|one| one.kind != MORE).map(|one| one.hash).collect();
    assert!(sightings(&key, &left).iter().all(|one| one.kind == MORE || !before.contains(&one.hash)));
});

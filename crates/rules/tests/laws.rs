//! What holds for every check; a new one needs no test of its own for this.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tyrian_judge::check::{Check, Example};
use tyrian_judge::run::judge;
use tyrian_model::evidence::{Basis, Verdict};
use tyrian_model::facts::{Facts, World};
use tyrian_read::secrets::Key;
use tyrian_rules::{checks, mission::MISSION};

const KEY: Key = Key([7; 32]);

fn facts(example: &Example) -> Facts {
    match example {
        Example::Tree(files) => {
            let piece = |(path, text): &(&str, &str)| {
                tyrian_read::assemble::glance(path, text.as_bytes().to_vec(), &KEY)
            };
            let (facts, gaps) =
                tyrian_read::assemble::facts("tree", files.iter().filter_map(piece).collect(), &KEY);
            assert!(gaps.is_empty(), "an example reads whole: {gaps:?}");
            facts
        }
        Example::Engine(text) => tyrian_read::engine::example(text, &KEY),
        Example::Facts(text) => {
            let world: World = serde_json::from_str(text).expect("a world of a snapshot");
            Facts { worlds: BTreeMap::from([("example".to_owned(), world)]) }
        }
    }
}

type Verdicts = BTreeMap<(String, Basis), Verdict>;

fn verdicts(check: &'static Check, facts: &Facts) -> Verdicts {
    judge(facts, &[check]).into_iter().map(|e| ((e.subject.id.clone(), e.subject.basis), e.verdict)).collect()
}

#[test]
fn fires_on_bad_and_is_silent_on_good() {
    for check in checks::all() {
        for example in check.bad {
            let verdicts = verdicts(check, &facts(example));
            let fails = verdicts.values().any(|v| matches!(v, Verdict::Fail(..)));
            assert!(fails, "{} is silent on {example:?}: {verdicts:?}", check.name);
        }
        for example in check.good {
            let verdicts = verdicts(check, &facts(example));
            let passes = verdicts.values().any(|v| *v == Verdict::Pass);
            let quiet = verdicts.values().all(|v| matches!(v, Verdict::Pass | Verdict::NotApplicable));
            assert!(passes && quiet, "{} on {example:?}: {verdicts:?}", check.name);
        }
    }
}

#[test]
fn documented_registered_and_placed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let mut files = BTreeSet::new();
    for layer in
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in std::fs::read_dir(layer).unwrap().map(|entry| entry.unwrap().path()) {
            if !file.ends_with("mod.rs") {
                let inside = file.strip_prefix(&root).unwrap();
                files.insert(format!("src/checks/{}", inside.display()));
            }
        }
    }
    let registered: BTreeSet<String> = checks::all()
        .iter()
        .map(|check| check.file.split_once("crates/rules/").unwrap().1.to_owned())
        .collect();
    assert_eq!(files, registered, "run `cargo xtask registry`");
    let mut names = BTreeSet::new();
    for check in checks::all() {
        let name = check.name;
        assert!(names.insert(name), "two checks are named {name}");
        let layer = format!("{:?}", check.layer).to_lowercase();
        let place = format!("checks/{layer}/{}.rs", name.replace('-', "_"));
        assert!(check.file.ends_with(&place), "{name} of the layer {layer} stands in {}", check.file);
        for section in ["What it checks", "Why it matters", "Fix"] {
            assert!(check.section(section).len() > 8, "{name}: {section}");
        }
        let title = check.title();
        assert!(title.ends_with('.') && title.len() < 120 && !title.contains('\n'), "{name}: {title}");
        assert!(!check.bad.is_empty() && !check.good.is_empty(), "{name} has no examples");
        assert!(!check.controls.is_empty() && !check.ids.is_empty(), "{name} serves nothing");
        for control in check.controls {
            assert!(
                MISSION.controls.iter().any(|c| c.id == *control),
                "{name}: no control is named {control}"
            );
        }
    }
}

/// Every way to forget one thing: a fact becomes a gap, an item of a list goes and the list says so, a row goes and its
/// set says so, a key of a tree goes and the tree says so.
fn forgettings(whole: &Value, at: &Value, path: &str, out: &mut Vec<Value>) {
    let gap = json!({"why": "denied", "what": path});
    let put = |new: Value, out: &mut Vec<Value>| {
        let mut copy = whole.clone();
        *copy.pointer_mut(path).unwrap() = new;
        out.push(copy);
    };
    match at {
        Value::Object(o) if o.len() == 1 && (o.contains_key("is") || o.contains_key("at")) => {
            put(json!({"gap": gap}), out);
            let (list, place) = match o.get("is") {
                Some(list) => (list, &Value::Null),
                None => (&o["at"][0], &o["at"][1]),
            };
            // A pair of texts is a list in JSON as well, and has no parts.
            let items = list.as_array().filter(|items| items.iter().all(Value::is_object));
            for n in 0..items.map_or(0, Vec::len) {
                let mut of = items.unwrap().clone();
                of.remove(n);
                put(json!({"part": {"of": of, "at": place, "lacks": [gap]}}), out);
            }
        }
        Value::Object(o) if o.contains_key("rows") && o.contains_key("gaps") => {
            for name in o["rows"].as_object().unwrap().keys() {
                let mut rows = o["rows"].clone();
                rows.as_object_mut().unwrap().remove(name);
                put(json!({"rows": rows, "gaps": [gap]}), out);
            }
            put(json!({"rows": o["rows"], "gaps": [gap]}), out);
        }
        Value::Object(o) if o.contains_key("at") && o.contains_key("is") => {
            put(json!({"at": o["at"], "is": {"gap": gap}}), out);
            for n in 0..o["is"].get("map").and_then(Value::as_array).map_or(0, Vec::len) {
                let mut entries = o["is"]["map"].as_array().unwrap().clone();
                entries[n] = json!(["", {"at": o["at"], "is": {"gap": gap}}]);
                put(json!({"at": o["at"], "is": {"map": entries}}), out);
            }
        }
        _ => {}
    }
    match at {
        Value::Object(o) => o.iter().for_each(|(k, v)| {
            forgettings(whole, v, &format!("{path}/{}", k.replace('~', "~0").replace('/', "~1")), out)
        }),
        Value::Array(a) => {
            a.iter().enumerate().for_each(|(i, v)| forgettings(whole, v, &format!("{path}/{i}"), out))
        }
        _ => {}
    }
}

#[test]
fn to_forget_a_fact_only_ever_makes_unknown() {
    for check in checks::all() {
        let mut tried = 0;
        for example in check.bad.iter().chain(check.good) {
            let facts = facts(example);
            let (before, whole) = (verdicts(check, &facts), serde_json::to_value(&facts).unwrap());
            let mut worlds = Vec::new();
            forgettings(&whole, &whole, "", &mut worlds);
            for world in worlds {
                let after = verdicts(check, &serde_json::from_value(world).unwrap());
                for (subject, verdict) in after {
                    let lawful = match (&verdict, before.get(&subject)) {
                        (Verdict::Unknown(_), _) => true,
                        (Verdict::Fail(faults, gaps), Some(Verdict::Fail(known, _))) if !gaps.is_empty() => {
                            faults.iter().all(|fault| known.contains(fault))
                        }
                        (verdict, Some(known)) => verdict == known,
                        (_, None) => false,
                    };
                    assert!(lawful, "{}: {subject:?} became {verdict:?} on {example:?}", check.name);
                    tried += 1;
                }
            }
        }
        assert!(tried > 3, "{}: only {tried} forgettings", check.name);
    }
}

#[test]
fn a_source_that_nobody_asked_for_gives_no_verdict() {
    let empty = Facts { worlds: BTreeMap::from([("empty".to_owned(), World::default())]) };
    for check in checks::all() {
        assert!(verdicts(check, &empty).is_empty(), "{} speaks of nothing", check.name);
    }
}

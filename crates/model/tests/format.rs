//! The snapshot's format is a promise: what an earlier version wrote is read, and what is missing is a gap.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use serde_json::{Value, json};
use tyrian_model::fact::See;
use tyrian_model::snapshot::{Snapshot, parse};

/// A snapshot of format 1 as version 0.1.0 wrote it. It never changes; a later format gets a file of its own.
const GOLDEN: &str = include_str!("golden/snapshot-1.json");

fn golden() -> Value {
    serde_json::from_str(GOLDEN).unwrap()
}

/// Takes out every key that has that value.
fn without(value: &mut Value, unwanted: &Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| value != unwanted);
            map.values_mut().for_each(|value| without(value, unwanted));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without(item, unwanted)),
        _ => {}
    }
}

#[test]
fn what_format_1_says_is_understood_and_said_again() {
    let snapshot = parse(GOLDEN.as_bytes()).unwrap();
    let mut said = serde_json::to_value(&snapshot).unwrap();
    let added = json!({"gap": {"why": "not_read", "what": "not in this snapshot"}});
    without(&mut said, &added);
    // What a later version asks for is a gap, and the rest is the same.
    assert_eq!(said, golden());
    assert!(snapshot.facts.worlds.len() >= 3);
}

#[test]
fn other_formats_and_damage_are_refused() {
    let mut other = golden();
    other["format"] = json!(2);
    let said = parse(other.to_string().as_bytes()).unwrap_err();
    assert!(said.contains("format 2") && said.contains("collect it again"), "{said}");
    for text in ["", "{}", "[]", "null", "{\"format\": \"1\"}", "\u{0}"] {
        assert!(parse(text.as_bytes()).is_err(), "{text:?}");
    }
    for end in (0..GOLDEN.len()).step_by(97) {
        assert!(parse(&GOLDEN.as_bytes()[..end]).is_err(), "cut at {end}");
    }
    let deep = format!("{{\"format\": 1, \"facts\": {}1", "[".repeat(100_000));
    assert!(parse(deep.as_bytes()).is_err());
}

/// Every key of a fact that is missing makes the fact a gap; none becomes "not set".
#[test]
fn a_key_that_is_missing_is_a_gap() {
    let container = "/facts/compose/workloads/rows/service:web/containers/rows//declared";
    let keys: Vec<String> =
        golden().pointer(container).unwrap().as_object().unwrap().keys().cloned().collect();
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        let mut cut = golden();
        cut.pointer_mut(container).unwrap().as_object_mut().unwrap().remove(&key);
        let snapshot: Snapshot = parse(cut.to_string().as_bytes()).unwrap();
        let again = serde_json::to_value(&snapshot).unwrap();
        let fact = again.pointer(container).unwrap().get(&key).unwrap();
        assert!(fact.get("gap").is_some(), "{key}: {fact}");
    }
}

/// A set that is missing from a world was not asked for; one that is there is whole.
#[test]
fn a_set_that_is_missing_was_not_asked_for() {
    let snapshot = parse(GOLDEN.as_bytes()).unwrap();
    let world = &snapshot.facts.worlds["tree"];
    assert!(world.dockerfiles.is_asked() && !world.hosts.is_asked());
    let see = See::new(world);
    assert!(see.all(&world.hosts).is_err(), "nothing is concluded from a set that nobody read");
}

/// Values of another type are refused, or are a gap; they never crash the program.
#[test]
fn values_of_another_type_do_no_harm() {
    let mut paths = Vec::new();
    collect(&golden(), "", &mut paths);
    assert!(paths.len() > 300);
    for path in paths.iter().step_by(3) {
        for wrong in [json!(null), json!([[]]), json!({"is": {"at": []}}), json!(-1), json!("x")] {
            let mut damaged = golden();
            *damaged.pointer_mut(path).unwrap() = wrong;
            let _ = parse(damaged.to_string().as_bytes());
        }
    }
}

fn collect(value: &Value, path: &str, out: &mut Vec<String>) {
    out.push(path.to_owned());
    match value {
        Value::Object(o) => {
            o.iter().for_each(|(k, v)| {
                collect(v, &format!("{path}/{}", k.replace('~', "~0").replace('/', "~1")), out)
            });
        }
        Value::Array(a) => a.iter().enumerate().for_each(|(i, v)| collect(v, &format!("{path}/{i}"), out)),
        _ => {}
    }
}

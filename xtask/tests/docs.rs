//! Generated files are as the code would have them today.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

use xtask::{docs, registry, stale};

#[test]
fn documents_are_current() {
    let files = docs::files().unwrap();
    for name in
        ["docs/checks.md", "docs/controls.md", "docs/report.schema.json", "docs/man/tyrian-facts-diff.1"]
    {
        assert!(files.contains_key(name), "{name} is not generated");
    }
    let stale = stale(&tyrian_lab::checkout(), &files);
    assert!(stale.is_empty(), "not current: run `cargo xtask docs`:\n{}", stale.join("\n"));
}

#[test]
fn every_file_of_a_check_or_technique_is_registered() {
    let root = tyrian_lab::checkout();
    let stale = stale(&root, &registry::files(&root).unwrap());
    assert!(stale.is_empty(), "not current: run `cargo xtask registry`:\n{}", stale.join("\n"));
}

#[test]
fn the_schema_knows_every_key_of_a_report() {
    let files = docs::files().unwrap();
    let schema: serde_json::Value = serde_json::from_str(&files["docs/report.schema.json"]).unwrap();
    let finding = schema["$defs"]["Finding"]["properties"].as_object().unwrap();
    for key in ["fingerprint", "severity", "place", "waived"] {
        assert!(finding[key]["description"].is_string(), "{key}");
    }
    assert_eq!(schema["$defs"]["Severity"]["oneOf"].as_array().unwrap().len(), 5);
    let config: serde_json::Value = serde_json::from_str(&files["docs/config.schema.json"]).unwrap();
    assert_eq!(config["additionalProperties"], false);
}

#[test]
fn what_differs_is_seen() {
    let root = tyrian_lab::checkout();
    let mut files = docs::files().unwrap();
    files.retain(|name, _| name != "docs/man/tyrian.1");
    files.insert("docs/checks.md".into(), "something else".into());
    files.insert("docs/new.md".into(), String::new());
    assert_eq!(stale(&root, &files), ["docs/checks.md", "docs/new.md", "docs/man/tyrian.1"]);
}

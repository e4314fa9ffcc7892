//! Kubernetes manifests by real trees and by another renderer.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use serde_json::Value as Json;
use std::path::Path;
use tyrian_model::fact::Gap;
use tyrian_read::Input;
use tyrian_read::kubernetes::worlds;
use tyrian_read::secrets::Key;

/// The text files of a tree by their path below it.
fn files(root: &Path) -> Vec<(String, String)> {
    let (mut files, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
            let wanted =
                [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) || name == "Kustomization";
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && wanted {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                files.push((path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), text));
            }
        }
    }
    files
}

fn read(files: &[(String, String)]) -> (Json, Vec<Gap>) {
    let key = Key([1; 32]);
    let inputs: Vec<Input> = files.iter().map(|(path, text)| Input { path, text, key: &key }).collect();
    let (facts, gaps) = worlds(&inputs);
    (serde_json::to_value(facts).unwrap(), gaps)
}

/// What two renderings of one kustomization have in common: no places, no hashes in the names of what is
/// generated, no order of mounts.
fn bare(json: &Json) -> Json {
    match json {
        Json::Object(map) => match (map.get("at"), map.len()) {
            (Some(Json::Array(fact)), 1) => serde_json::json!({ "is": bare(&fact[0]) }),
            _ => {
                let keep = |key: &str| !matches!(key, "at" | "origin" | "file" | "body" | "what");
                map.iter()
                    .filter(|(key, _)| keep(key))
                    .map(|(key, value)| {
                        (without_hash(key), if key == "gap" { "gap".into() } else { bare(value) })
                    })
                    .collect()
            }
        },
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(bare).collect();
            if items.iter().all(|item| item.get("target").is_some()) {
                items.sort_by_key(|item| item["target"].to_string());
            }
            Json::Array(items)
        }
        Json::String(text) => Json::String(without_hash(text)),
        other => other.clone(),
    }
}

fn without_hash(text: &str) -> String {
    let is_hash = |hash: &str| hash.len() == 10 && hash.chars().all(|c| "bcdfghkmt2456789".contains(c));
    match text.rsplit_once('-') {
        Some((name, hash)) if is_hash(hash) => name.to_owned(),
        _ => text.to_owned(),
    }
}

const SETS: [&str; 7] =
    ["workloads", "roles", "bindings", "service_accounts", "network_policies", "namespaces", "objects"];

/// Where our rendering of a tree's worlds differs from kubectl's, which `judges/kustomize` recorded by the world's
/// name; and how many were compared.
fn compare(root: &Path, rendered: &Path) -> (Vec<String>, usize) {
    let (facts, _) = read(&files(root));
    let (mut differences, mut compared) = (Vec::new(), 0);
    for (name, text) in files(rendered) {
        let world = name.strip_suffix(".yaml").unwrap();
        let ours = &facts[world];
        for set in SETS {
            let gaps = ours[set]["gaps"].as_array();
            assert!(gaps.is_none_or(|gaps| gaps.is_empty()), "{world}: {set} is not whole");
        }
        let theirs = read(&[("all.yaml".into(), text)]).0["k8s"].clone();
        compared += 1;
        for set in SETS {
            let (ours, theirs) = (bare(&ours[set]["rows"]), bare(&theirs[set]["rows"]));
            let (empty, none) = (serde_json::Map::new(), serde_json::Map::new());
            let (ours, theirs) = (ours.as_object().unwrap_or(&empty), theirs.as_object().unwrap_or(&none));
            for key in ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>() {
                let (our, their) = (ours.get(key), theirs.get(key));
                if our != their {
                    let show = |json: Option<&Json>| json.map_or("nothing".into(), Json::to_string);
                    differences.push(format!(
                        "{}: {set} {key}\n  ours   {}\n  theirs {}",
                        world,
                        show(our),
                        show(their)
                    ));
                }
            }
        }
    }
    (differences, compared)
}

#[test]
fn kustomizations_are_rendered_as_kubectl_renders_them() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes");
    let (differences, compared) = compare(&tests.join("kustomize"), &tests.join("rendered"));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= 5, "only {compared}");
}

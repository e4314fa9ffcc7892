//! Kubernetes manifests by real trees and by another renderer.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
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

/// Where our rendering of a tree's worlds differs from that of kubectl; and how many were compared, were no
/// whole renderings of ours, and were refused by kubectl.
fn compare(root: &Path) -> (Vec<String>, [usize; 3]) {
    let files = files(root);
    let (facts, _) = read(&files);
    let (mut differences, mut counts) = (Vec::new(), [0; 3]);
    let dirs: BTreeMap<String, PathBuf> = files
        .iter()
        .filter(|(path, _)| path.rsplit('/').next().unwrap().to_lowercase().starts_with("kustomization"))
        .map(|(path, _)| {
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            let name = if dir.is_empty() { "k8s".into() } else { format!("k8s-{}", dir.replace('/', "~")) };
            (name, root.join(dir))
        })
        .collect();
    for (world, dir) in dirs {
        let Some(ours) = facts.get(&world) else { continue };
        let output = Command::new("kubectl").arg("kustomize").arg(&dir).output().unwrap();
        if !output.status.success() {
            counts[2] += 1;
            continue;
        }
        if SETS.iter().any(|set| ours[set]["gaps"].as_array().is_some_and(|gaps| !gaps.is_empty())) {
            counts[1] += 1;
            continue;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let theirs = read(&[("all.yaml".into(), text)]).0["k8s"].clone();
        counts[0] += 1;
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
                        dir.display(),
                        show(our),
                        show(their)
                    ));
                }
            }
        }
    }
    (differences, counts)
}

#[test]
#[ignore = "needs kubectl"]
fn kustomizations_are_rendered_as_kubectl_renders_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes/kustomize");
    let (differences, counts) = compare(&root);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(counts[0] >= 5, "{counts:?}");
}

#[test]
#[ignore = "needs kubectl, and trees with kustomizations in TYRIAN_TREES"]
fn kustomizations_of_real_trees_are_rendered_as_kubectl_renders_them() {
    for root in std::env::var("TYRIAN_TREES").unwrap().split(':') {
        let (differences, counts) = compare(Path::new(root));
        println!("{root}: {counts:?} {} differ", differences.len());
        differences.iter().for_each(|one| println!("{}", one.chars().take(3000).collect::<String>()));
    }
}

#[test]
#[ignore = "needs trees in TYRIAN_TREES"]
fn real_trees_are_read() {
    for root in std::env::var("TYRIAN_TREES").unwrap().split(':') {
        let files = files(Path::new(root));
        let (facts, gaps) = read(&files);
        let worlds = facts.as_object().unwrap();
        let rows = |set: &str| -> usize {
            worlds.values().map(|world| world[set]["rows"].as_object().map_or(0, serde_json::Map::len)).sum()
        };
        println!("{root}: {} files, {} worlds, {} gaps", files.len(), worlds.len(), gaps.len());
        SETS.iter().for_each(|set| println!("  {set} {}", rows(set)));
        gaps.iter().for_each(|gap| println!("  GAP {:?} {}", gap.why, gap.what));
        for (world, sets) in worlds {
            let mut seen = std::collections::BTreeSet::new();
            inner(sets, &mut |gap| {
                let what = gap["what"].as_str().unwrap_or_default();
                if !gaps.iter().any(|gap| gap.what == what) && seen.insert(what.to_owned()) {
                    println!("  IN {world}: {} {what}", gap["why"].as_str().unwrap_or_default());
                }
            });
        }
    }
}

/// Every gap that counts within a world.
fn inner(json: &Json, see: &mut impl FnMut(&Json)) {
    match json {
        Json::Object(map) => {
            if let (Some(why), Some(what)) = (map.get("why"), map.get("what")) {
                let expected = ["which no manifest declares", "lies on the node", "a generator makes"];
                let what = what.as_str().unwrap_or_default();
                if why != "not_asked" && !expected.iter().any(|one| what.contains(one)) {
                    see(json);
                }
            }
            map.values().for_each(|value| inner(value, see));
        }
        Json::Array(items) => items.iter().for_each(|item| inner(item, see)),
        _ => {}
    }
}

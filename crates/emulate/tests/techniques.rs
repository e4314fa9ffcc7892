//! Every technique is registered, documented, well formed, in the mission's words, and takes back what it does.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{every, place};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tyrian_emulate::program::{Act, Arg, Program, Role, Step, encode};
use tyrian_emulate::technique::attempts;
use tyrian_emulate::techniques::TECHNIQUES;

fn kebab(name: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.split('-').all(part)
}

#[test]
fn every_file_is_a_technique_and_is_named_like_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/techniques");
    let files: BTreeSet<String> = common::names(&folder)
        .into_iter()
        .filter_map(|name| name.strip_suffix(".rs").map(|name| name.replace('_', "-")))
        .filter(|name| name != "mod")
        .collect();
    let names: BTreeSet<String> = TECHNIQUES.iter().map(|technique| technique.name.to_owned()).collect();
    assert_eq!(files, names);
    assert_eq!(names.len(), TECHNIQUES.len(), "two have the same name");
    for technique in TECHNIQUES {
        assert!(kebab(technique.name), "{}", technique.name);
        let stem = Path::new(technique.file).file_stem().unwrap().to_str().unwrap();
        assert_eq!(stem.replace('_', "-"), technique.name);
    }
}

#[test]
fn the_documentation_is_whole() {
    for technique in TECHNIQUES {
        let parts: Vec<&str> = technique.doc.split("## ").collect();
        let heads: Vec<&str> = parts.iter().skip(1).map(|part| part.lines().next().unwrap()).collect();
        assert_eq!(heads, ["What it tries", "Why it matters", "What stops it"], "{}", technique.name);
        for part in &parts {
            let text: String = part.lines().skip(usize::from(part != &parts[0])).collect();
            assert!(text.trim().len() > 20, "{}: {part}", technique.name);
            assert!(text.trim().ends_with('.'), "{}: {part}", technique.name);
        }
        let title = technique.title();
        assert!(
            !title.contains("##") && title.ends_with('.') && title.len() < 160,
            "{}: {title}",
            technique.name
        );
    }
}

#[test]
fn threats_controls_and_detections_are_the_missions() {
    let mission = tyrian_lab::checkout().join("crates/rules/src/mission.toml");
    let mission: toml::Table = toml::from_str(&std::fs::read_to_string(mission).unwrap()).unwrap();
    let texts = |value: Option<&toml::Value>| -> BTreeSet<String> {
        let list = value.and_then(|value| value.as_array()).into_iter().flatten();
        list.map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let id = |row: &toml::Value| row["id"].as_str().unwrap().to_owned();
    let threats: BTreeSet<String> = mission["threats"].as_array().unwrap().iter().map(id).collect();
    let controls: BTreeMap<String, (String, BTreeSet<String>)> = mission["controls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (id(row), (row["kind"].as_str().unwrap().to_owned(), texts(row.get("answers")))))
        .collect();
    for technique in TECHNIQUES {
        let name = technique.name;
        assert!(!technique.threats.is_empty(), "{name}");
        for threat in technique.threats {
            assert!(threats.contains(*threat), "{name}: no threat {threat}");
        }
        let answered = |threat: &&str| {
            let all = technique.controls.iter().chain(technique.detections);
            all.into_iter().any(|control| controls[*control].1.contains(*threat))
        };
        // Of some it is only said that they can be done: nothing that is tried here prevents or notices them.
        let nothing = technique.controls.is_empty() && technique.detections.is_empty();
        assert!(nothing || technique.threats.iter().any(answered), "{name}: none of its threats is answered");
        for control in technique.controls {
            let (kind, answers) =
                controls.get(*control).unwrap_or_else(|| panic!("{name}: no control {control}"));
            assert_eq!(kind, "prevents", "{name}: {control}");
            let answers = technique.threats.iter().any(|threat| answers.contains(*threat));
            assert!(answers, "{name}: {control} answers none of its threats");
        }
        for detection in technique.detections {
            let kind = controls.get(*detection).map(|(kind, _)| kind.as_str());
            assert_eq!(kind, Some("detects"), "{name}: {detection}");
        }
        let attack = |id: &&str| {
            let digits = id.strip_prefix("attack:T").unwrap_or_default().replace('.', "");
            digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        assert!(technique.ids.iter().any(attack), "{name}: {:?}", technique.ids);
        for capability in technique.capabilities {
            assert!(tyrian_model::workload::CAPABILITIES.contains(capability), "{name}: {capability}");
        }
    }
}

#[test]
fn every_way_has_a_name_attempts_something_and_can_be_written_down() {
    let place = place();
    let mut names = BTreeSet::new();
    for (technique, variant) in every(&place) {
        let name = format!("{}/{}", technique.name, variant.name);
        assert!(kebab(variant.name), "{name}");
        assert!(attempts(&variant.program), "{name} attempts nothing");
        assert!(encode(std::slice::from_ref(&variant.program), 1).is_ok(), "{name}");
        assert!(names.insert(name.clone()), "{name} twice");
    }
    for technique in TECHNIQUES {
        assert!(
            names.iter().any(|name| name.starts_with(&format!("{}/", technique.name))),
            "{}",
            technique.name
        );
        let steps = (technique.harmless)(&place);
        assert!(!steps.is_empty(), "{} has no harmless twin", technique.name);
        let harmless = Program { shared: Vec::new(), steps };
        assert!(!attempts(&harmless), "{}: its harmless twin attempts something", technique.name);
        assert!(encode(&[harmless], 1).is_ok(), "{}", technique.name);
    }
}

/// What a step makes in a file system, by its path.
fn made(step: &Step) -> Option<String> {
    let Act::Call { name, arguments, .. } = &step.act else { return None };
    let path = |index: usize| match arguments.get(index) {
        Some(Arg::Memory(memory)) => {
            Some(String::from_utf8_lossy(&memory.bytes).trim_end_matches('\0').to_owned())
        }
        _ => None,
    };
    let creates = matches!(arguments.get(2), Some(Arg::Int(flags)) if flags & i64::from(libc::O_CREAT) != 0);
    match *name {
        "openat" if creates => path(1),
        "mkdirat" | "mknodat" => path(1),
        "mknod" => path(0),
        "symlinkat" => path(2),
        _ => None,
    }
}

#[test]
fn what_is_made_bears_the_mark_is_nobody_elses_and_is_taken_back() {
    let place = place();
    let mut seen = 0;
    let mut makers = BTreeMap::new();
    for (technique, variant) in every(&place) {
        let name = format!("{}/{}", technique.name, variant.name);
        let steps = &variant.program.steps;
        for (at, step) in steps.iter().enumerate() {
            let Some(path) = made(step) else { continue };
            seen += 1;
            assert!(path.contains(&place.mark), "{name} makes {path}");
            // An attempt that is ended in the middle takes nothing back, and must not stand in the way of another.
            let other = makers.insert(path.clone(), name.clone()).filter(|other| *other != name);
            assert_eq!(other, None, "{name} makes {path} too");
            let removed = steps.iter().skip(at + 1).any(|step| {
                let Act::Call { name, arguments, .. } = &step.act else { return false };
                let argument = usize::from(*name == "unlinkat");
                let same = matches!(arguments.get(argument), Some(Arg::Memory(m)) if m.bytes.starts_with(path.as_bytes()));
                ["unlinkat", "unlink", "rmdir"].contains(name) && same && step.role == Role::Revert
            });
            assert!(removed, "{name} leaves {path} behind");
        }
    }
    assert!(seen > 5, "only {seen} were looked at");
}

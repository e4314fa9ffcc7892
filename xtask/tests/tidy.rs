//! What keeps the repository tidy: how many packages it takes, under which licences, which of ours may use which,
//! and a few rules of its text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most packages that `Cargo.lock` may name, our own among them: each costs build time and trust.
const MOST_PACKAGES: usize = 450;

/// Who may use whom of ours: a crate, what it may depend on, and what its tests may use beside that. Of ours, every
/// test may also use the lab. `read`, `judge`, `rules`, `advisory`, `detect` stay pure, and light for the editor and
/// the admission webhook; only the binary and the console see everything.
const LAW: &[(&str, &[&str], &[&str])] = &[
    ("tyrian-model", &[], &[]),
    ("tyrian-read", &["tyrian-model"], &[]),
    ("tyrian-judge", &["tyrian-model"], &[]),
    ("tyrian-rules", &["tyrian-model", "tyrian-judge"], &["tyrian-read", "tyrian-mend"]),
    ("tyrian-advisory", &["tyrian-model"], &[]),
    ("tyrian-detect", &["tyrian-model"], &[]),
    ("tyrian-mend", &["tyrian-model", "tyrian-read"], &[]),
    ("tyrian-emulate", &["tyrian-model", "tyrian-collect"], &[]),
    ("tyrian-collect", &["tyrian-model", "tyrian-read"], &[]),
    ("tyrian-report", &["tyrian-model", "tyrian-judge", "tyrian-rules"], &[]),
    ("tyrian-lab", &[], &[]),
];

/// The crates that may use all others.
const SEE_EVERYTHING: &[&str] = &["tyrian", "tyrian-console", "xtask"];

#[test]
fn the_lock_file_names_few_packages() {
    let lock: toml::Table = toml::from_str(&read(&tyrian_lab::checkout().join("Cargo.lock"))).unwrap();
    let packages = lock["package"].as_array().unwrap().len();
    assert!(
        packages <= MOST_PACKAGES,
        "{packages} packages in Cargo.lock, and the most is {MOST_PACKAGES}: `cargo tree -d` and `cargo tree -e features` \
         show what can go"
    );
}

/// Readers that a fuzz target reaches under another name.
const FUZZED_WITH: &[(&str, &str)] = &[
    ("assemble", "tree"),
    ("bolt", "image"),
    ("capabilities", "compose"),
    ("cover", "compose"),
    ("git_index", "host"),
    ("image_ref", "dockerfile"),
    ("repository", "tree"),
    ("sbom", "packages"),
    ("seccomp", "tree"),
    ("service", "host"),
    ("tar", "image"),
    ("time", "image"),
    ("user", "compose"),
];

#[test]
fn every_reader_has_a_fuzz_target() {
    let root = tyrian_lab::checkout();
    let manifest: toml::Table = toml::from_str(&read(&root.join("fuzz/Cargo.toml"))).unwrap();
    let targets: BTreeSet<&str> =
        manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap()).collect();
    let files: BTreeSet<String> = std::fs::read_dir(root.join("fuzz/fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(targets, files.iter().map(String::as_str).collect(), "fuzz/Cargo.toml lists every target");
    let library = read(&root.join("crates/read/src/lib.rs"));
    let modules: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert!(modules.len() > 15, "{modules:?}");
    for module in modules {
        let other = FUZZED_WITH.iter().find(|(name, _)| *name == module).map(|(_, target)| *target);
        let target = other.unwrap_or(module);
        assert!(targets.contains(target), "crates/read: {module} has no fuzz target");
    }
}

#[test]
fn every_licence_is_on_the_list_of_deny_toml() {
    let deny: toml::Table = toml::from_str(&read(&tyrian_lab::checkout().join("deny.toml"))).unwrap();
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let metadata = metadata();
    let wrong: Vec<String> = packages(&metadata)
        .filter_map(|package| {
            let name = format!("{} {}", text(&package["name"]), text(&package["version"]));
            match package["license"].as_str() {
                None => Some(format!("{name}: no licence expression")),
                Some(expression) if !permitted(expression, &allowed) => Some(format!("{name}: {expression}")),
                Some(_) => None,
            }
        })
        .collect();
    assert!(wrong.is_empty(), "not allowed by deny.toml:\n{}", wrong.join("\n"));
}

#[test]
fn crates_use_only_whom_they_may() {
    let metadata = metadata();
    let members: BTreeMap<&str, &Value> = packages(&metadata)
        .filter(|package| package["source"].is_null())
        .map(|package| (text(&package["name"]), package))
        .collect();
    let mut uses = Vec::new();
    for (&name, package) in &members {
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = text(&dependency["name"]);
            if members.contains_key(used) {
                uses.push((name, used, dependency["kind"].as_str() == Some("dev")));
            }
        }
    }
    let names: Vec<&str> = members.keys().copied().collect();
    let wrong = breaches(&names, &uses);
    assert!(names.contains(&"tyrian-model") && uses.len() > 5, "cargo metadata shows too little: {uses:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let Some(files) = tracked("no_file_names_a_path_of_one_machine") else { return };
    let mut wrong = Vec::new();
    for file in files {
        let Ok(content) = std::fs::read(&file) else { continue };
        // Like git, take a file with a NUL near its start as binary.
        if content.iter().take(8000).any(|&byte| byte == 0) {
            continue;
        }
        for (line, text) in String::from_utf8_lossy(&content).lines().enumerate() {
            if names_a_machine(text) {
                wrong.push(format!("{}:{}: {}", file.display(), line + 1, text.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "paths of one machine:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    let Some(files) = tracked("every_module_says_what_it_is") else { return };
    let crates = tyrian_lab::checkout().join("crates");
    let sources: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .filter(|file| {
            let inside = file.strip_prefix(&crates).ok();
            inside.is_some_and(|inside| inside.iter().nth(1).is_some_and(|folder| folder == "src"))
        })
        // The file of a check or a technique is the page of a handbook, and its documentation says what it is.
        .filter(|file| {
            let page = |part: &std::ffi::OsStr| part == "checks" || part == "techniques";
            !file.iter().any(page) || file.ends_with("mod.rs")
        })
        .collect();
    assert!(sources.len() > 10, "too few sources were found: {sources:?}");
    let silent: Vec<String> = sources
        .iter()
        .filter(|file| file.exists() && !read(file).starts_with("//!"))
        .map(|file| file.display().to_string())
        .collect();
    assert!(silent.is_empty(), "without a leading `//!` line:\n{}", silent.join("\n"));
}

/// What breaks the law: a crate that it does not name, and a use that it does not allow.
fn breaches(members: &[&str], uses: &[(&str, &str, bool)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for member in members {
        if !SEE_EVERYTHING.contains(member) && !LAW.iter().any(|(name, _, _)| name == member) {
            wrong.push(format!("{member} is new: say in LAW whom it may use"));
        }
    }
    for &(user, used, in_tests) in uses {
        let lab_in_tests = in_tests && used == "tyrian-lab";
        let allowed = match LAW.iter().find(|(name, _, _)| *name == user) {
            Some((_, always, tests)) => always.contains(&used) || in_tests && tests.contains(&used),
            None => used != "tyrian-lab",
        };
        if !allowed && !lab_in_tests {
            let tests = if in_tests { " in its tests" } else { "" };
            wrong.push(format!("{user} may not use {used}{tests}"));
        }
    }
    wrong
}

/// Whether the line holds a path under one of the folders where sessions of one machine work.
fn names_a_machine(line: &str) -> bool {
    // Written in two parts, so that this file passes its own test.
    [concat!("/wo", "rk/"), concat!("/fa", "rm/")].iter().any(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            // `target/work/` and `$HOME/work/` are somewhere else on every machine.
            !before.is_some_and(|letter| letter.is_alphanumeric() || "_.-~}/)".contains(letter))
        })
    })
}

/// Whether an SPDX expression can be satisfied with the allowed licences alone. Knows AND, OR, WITH, parentheses
/// and the old form `A/B`; anything else is not permitted.
fn permitted(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let permitted = either(&words, &mut at, allowed);
    permitted == Some(true) && at == words.len()
}

/// `A OR B …`; `None` where the expression is broken.
fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut permitted = all(words, at, allowed)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        permitted |= all(words, at, allowed)?;
    }
    Some(permitted)
}

/// `A AND B …`, which binds closer than OR.
fn all(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut permitted = one(words, at, allowed)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        permitted &= one(words, at, allowed)?;
    }
    Some(permitted)
}

/// One licence, with its exception, or an expression in parentheses.
fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> Option<bool> {
    let word = *words.get(*at)?;
    *at += 1;
    match word {
        "(" => {
            let inner = either(words, at, allowed)?;
            (words.get(*at) == Some(&")")).then(|| *at += 1)?;
            Some(inner)
        }
        ")" | "AND" | "OR" | "WITH" => None,
        licence if words.get(*at) == Some(&"WITH") => {
            let exception = words.get(*at + 1)?;
            *at += 2;
            Some(allowed.contains(format!("{licence} WITH {exception}").as_str()))
        }
        licence => Some(allowed.contains(licence)),
    }
}

/// What cargo says of all packages that are built for this kind of machine.
fn metadata() -> Value {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .current_dir(tyrian_lab::checkout())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The files that git knows here; a checkout without git (an unpacked release) skips the test by name.
fn tracked(test: &str) -> Option<Vec<PathBuf>> {
    let git = tyrian_lab::tool(test, "git")?;
    let root = tyrian_lab::checkout();
    let output = Command::new(git).args(["ls-files", "-z"]).current_dir(&root).output().unwrap();
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    Some(names.split_terminator('\0').map(|name| root.join(name)).collect())
}

#[test]
fn the_judge_of_licences_is_right() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]);
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "(MIT OR GPL-3.0-only) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
        "MIT OR GPL-2.0-only AND GPL-3.0-only",
    ] {
        assert!(permitted(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND MPL-2.0",
        "MIT WITH LLVM-exception",
        "(MIT",
        "MIT)",
        "MIT MIT",
        "MIT OR",
        "MIT WITH",
    ] {
        assert!(!permitted(bad, &allowed), "{bad}");
    }
}

#[test]
fn the_law_catches_its_breaches() {
    let members = ["tyrian", "tyrian-model", "tyrian-read", "tyrian-rules", "tyrian-lab", "tyrian-judge"];
    let fine = [
        ("tyrian", "tyrian-read", false),
        ("tyrian", "tyrian-lab", true),
        ("tyrian-rules", "tyrian-read", true),
        ("tyrian-rules", "tyrian-judge", false),
        ("tyrian-read", "tyrian-lab", true),
    ];
    assert_eq!(breaches(&members, &fine), Vec::<String>::new());
    for wrong in [
        ("tyrian-read", "tyrian-judge", false),
        ("tyrian-rules", "tyrian-read", false),
        ("tyrian-model", "tyrian-read", true),
        ("tyrian", "tyrian-lab", false),
        ("tyrian-judge", "tyrian-rules", true),
    ] {
        assert_eq!(breaches(&members, &[wrong]).len(), 1, "{wrong:?}");
    }
    assert_eq!(breaches(&["tyrian-unheard-of"], &[]).len(), 1);
}

#[test]
fn a_path_of_one_machine_is_known_from_others() {
    for bad in [
        concat!("cd /wo", "rk/main"),
        concat!("\"/fa", "rm/x\""),
        concat!("file:///wo", "rk/a").trim_start_matches("file://"),
    ] {
        assert!(names_a_machine(bad), "{bad}");
    }
    for good in
        ["cp a target/work/b", "$HOME/work/", "docs/farm/x", "/workspace/app", "/root/.docker/config.json"]
    {
        assert!(!names_a_machine(good), "{good}");
    }
}

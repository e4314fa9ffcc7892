//! `tyrian diff`: two images that differ in known ways, from directories, bills of materials and an engine.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Dir, command, run};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const OS: &str = "ID=debian\nVERSION_ID=12\n";

fn status(packages: &[(&str, &str)]) -> String {
    let one = |(name, version): &(&str, &str)| {
        format!("Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: {version}\n\n")
    };
    packages.iter().map(one).collect()
}

/// Two roots: a package up, one down, one gone, one new; a setuid program, and an SSH server.
fn two(name: &str) -> Dir {
    let dir = Dir::new(&format!("diff-{name}"));
    dir.put("a/etc/os-release", OS);
    dir.put("b/etc/os-release", OS);
    dir.put(
        "a/var/lib/dpkg/status",
        &status(&[("up", "1.9"), ("down", "1:1"), ("gone", "1"), ("same", "1")]),
    );
    dir.put("b/var/lib/dpkg/status", &status(&[("up", "1.10"), ("down", "2"), ("new", "1"), ("same", "1")]));
    let tool = dir.put("b/usr/local/bin/tool", "#!/bin/sh\n");
    std::fs::set_permissions(tool, std::fs::Permissions::from_mode(0o4755)).unwrap();
    dir.put("a/usr/share/big", &"x".repeat(5000));
    dir
}

#[test]
fn packages_files_and_findings_are_told_apart() {
    let dir = two("apart");
    let output = run(&dir, &["diff", "root:a", "root:b", "--quiet", "-f", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages: Vec<String> = told["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["change"].as_str().unwrap(), it["name"].as_str().unwrap()))
        .collect();
    assert_eq!(packages, ["added new", "removed gone", "up up", "down down"]);
    assert_eq!(told["files"], json!([{"path": "/usr/local/bin/tool", "before": [], "after": ["setuid"]}]));
    assert_eq!(told["folders"][0], json!({"folder": "/usr/share", "before": 5000, "after": 0}));
    assert_eq!(told["before"]["distribution"], "debian 12");
    let new: Vec<&str> =
        told["new_findings"].as_array().unwrap().iter().map(|it| it["check"].as_str().unwrap()).collect();
    assert!(new.contains(&"setuid-in-image"), "{new:?}");
    assert_eq!(told["gone_findings"], json!([]));
    // Only a configuration has settings.
    assert_eq!(told["configuration"], json!([]));
    assert!(
        told["not_compared"][0].as_str().unwrap().starts_with("the user, the environment"),
        "{}",
        told["not_compared"]
    );

    let human = String::from_utf8(run(&dir, &["diff", "root:a", "root:b", "--quiet"]).stdout).unwrap();
    for line in [
        "1 added, 1 removed, 1 up, 1 down",
        "↑ deb up 1.9 → 1.10",
        "+ /usr/local/bin/tool setuid",
        "5.0 kB  /usr/share",
    ] {
        assert!(human.contains(line), "{line:?} is not in\n{human}");
    }
    assert!(!human.contains("\u{1b}["), "no colour into a pipe");
}

#[test]
fn a_new_finding_can_fail_it_and_the_same_image_has_none() {
    let dir = two("fail");
    assert_eq!(
        run(&dir, &["diff", "root:a", "root:b", "--quiet", "--fail-on", "info"]).status.code(),
        Some(1)
    );
    let same = run(&dir, &["diff", "root:a", "root:a", "--quiet", "--fail-on", "info", "-f", "json"]);
    assert_eq!(same.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&same.stdout).unwrap();
    for part in ["packages", "files", "folders", "configuration", "new_findings", "gone_findings"] {
        assert_eq!(told[part], json!([]), "{part}");
    }
    assert_eq!(told["file_counts"], json!({"added": 0, "removed": 0, "changed": 0}));
}

#[test]
fn snapshots_and_bills_are_compared_as_far_as_they_tell() {
    let dir = two("told");
    for (args, file) in [
        (["facts", "collect", "root:a", "--quiet", "-o"], "a.json"),
        (["sbom", "root:b", "--quiet", "-f", "cyclonedx"], ""),
    ] {
        let args: Vec<&str> =
            args.into_iter().chain([file].into_iter().filter(|file| !file.is_empty())).collect();
        let output = run(&dir, &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        if file.is_empty() {
            dir.put("b.cdx.json", std::str::from_utf8(&output.stdout).unwrap());
        }
    }
    let output = run(&dir, &["diff", "facts:a.json", "sbom:b.cdx.json", "--quiet", "-f", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["packages"].as_array().unwrap().len(), 4, "{}", told["packages"]);
    assert_eq!(told["files"], Value::Null);
    assert!(
        told["not_compared"].to_string().contains("files of the second image"),
        "{}",
        told["not_compared"]
    );
}

#[test]
fn whatever_is_not_two_images_is_refused() {
    let dir = two("refused");
    for (args, code) in [
        (&["diff", "root:a"][..], 2),
        (&["diff", "root:a", "root:b", "root:a"][..], 2),
        (&["diff", "root:a", "root:gone", "--quiet"][..], 3),
        (&["diff", "root:a", "nonsense:x", "--quiet"][..], 2),
    ] {
        let output = command(&dir.0, args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

//! A container whose users are mapped is attacked on clones whose users are: what only that stops is said to be stopped
//! by it. The engine is one of the test's own.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::daemon::Daemon;
use common::{Dir, command};
use serde_json::{Value, json};
use std::fs;

#[test]
fn what_only_mapped_users_stop_is_stopped_by_them() {
    let test = "what_only_mapped_users_stop_is_stopped_by_them";
    let folder = std::env::temp_dir().join(format!("tyrian-test-{}-users", std::process::id()));
    let dir = Dir::new("users");
    let Some(daemon) = Daemon::start(test, &folder, false, &["--userns-remap=daemon"]) else { return };
    daemon.import("mapped");
    daemon.says(&["run", "-d", "--name", "mapped", "mapped", "/probe", "sleep"]);
    daemon.says(&["run", "-d", "--name", "unmapped", "--userns=host", "mapped", "/probe", "sleep"]);
    let attacked = |name: &str| -> Value {
        let target = format!("container:{name}");
        let mut args =
            vec!["purple", "run", "--lab", "--quiet", "--attribute", "-f", "json", "--target", &target];
        for technique in
            ["device-node-create", "kernel-core-pattern", "mount-file-system", "raw-socket", "root-change"]
        {
            args.extend(["--technique", technique]);
        }
        let mut command = command(&dir.0, &args);
        command.env("DOCKER_HOST", daemon.address()).env("XDG_STATE_HOME", dir.0.join("state"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let of = |run: &Value, technique: &str| -> Value {
        let mut attempts = run["attempts"].as_array().unwrap().iter();
        attempts.find(|attempt| attempt["technique"] == technique).unwrap().clone()
    };
    let (mapped, unmapped) = (attacked("mapped"), attacked("unmapped"));
    // Nobody but the machine's own root makes devices.
    let device = of(&unmapped, "device-node-create");
    assert_eq!(device["prevention"], "not_blocked", "{device}");
    let device = of(&mapped, "device-node-create");
    assert_eq!((&device["prevention"], &device["errno"]), (&json!("blocked"), &json!("EPERM")), "{device}");
    assert_eq!(
        (&device["stopper"], &device["sole"]),
        (&json!("quarantine"), &json!("quarantine")),
        "{device}"
    );
    // What capabilities over its own namespaces allow is allowed.
    for technique in ["raw-socket", "root-change"] {
        let attempt = of(&mapped, technique);
        assert_eq!(attempt["prevention"], "not_blocked", "{attempt}");
    }
    // What others stop as well is not ascribed to it.
    let mount = of(&mapped, "mount-file-system");
    assert_eq!((&mount["stopper"], &mount["sole"]), (&json!("seccomp"), &Value::Null), "{mount}");
    let left = [&["ps", "-aq", "--filter", "label=tyrian.purple"][..], &["volume", "ls", "-q"]];
    assert_eq!(left.map(|list| daemon.says(list)), ["", ""]);
    daemon.says(&["rm", "-f", "mapped", "unmapped"]);
    drop(daemon);
    let _ = fs::remove_dir_all(&folder);
}

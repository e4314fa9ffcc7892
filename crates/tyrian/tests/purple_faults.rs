//! `tyrian purple` where something is wrong beside it: each attempt is inconclusive with a reason that teaches, or the
//! run does not begin, and nothing is left.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::daemon::Daemon;
use common::{Dir, command};
use serde_json::Value;
use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A service that takes any driver, with a root file system for those that need one.
fn place(name: &str) -> Dir {
    let dir = Dir::new(name);
    dir.put("compose.yaml", "services:\n  it:\n    image: local\n");
    fs::create_dir_all(dir.0.join("root/tmp")).unwrap();
    fs::create_dir_all(dir.0.join("small")).unwrap();
    dir
}

const LOCAL: [&str; 10] = [
    "purple",
    "run",
    "--lab",
    "--quiet",
    "--driver",
    "namespaces",
    "--target",
    "compose:compose.yaml#it",
    "--root-fs",
    "root",
];

/// The program with a file system of so many KiB at `small`, which is gone at its end.
fn with_little_room(dir: &Dir, kib: u32, before: &str, variable: &str, args: &[&str]) -> Output {
    let script = format!("mount -t tmpfs -o size={kib}k none small && {before} exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_tyrian")]).args(args);
    command.current_dir(&dir.0).env("XDG_STATE_HOME", dir.0.join("state")).env_remove("DOCKER_HOST");
    command.env(variable, dir.0.join("small")).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_full_disk_is_said_and_nothing_half_written_is_left() {
    let test = "a_full_disk_is_said_and_nothing_half_written_is_left";
    if !tyrian_lab::root(test) || tyrian_lab::tool(test, "unshare").is_none() {
        return;
    }
    let dir = place("full");
    // No room for the probe.
    let output = with_little_room(&dir, 8, "", "TMPDIR", &LOCAL);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("No space left") && text.contains("TMPDIR"), "{text}");
    assert!(!dir.0.join("state").exists(), "what was not run is not on record");
    // Room for the probe, and for nothing beside it: each clone says so, or none is begun.
    let probe = tyrian_emulate::probe::PROBE.len().div_ceil(4096) * 4;
    let room = u32::try_from(probe).unwrap() + 12;
    let few = ["--technique", "raw-socket", "--technique", "kernel-*", "-f", "json"];
    let output = with_little_room(&dir, room, "", "TMPDIR", &[&LOCAL[..], &few].concat());
    if output.status.success() {
        let run: Value = serde_json::from_slice(&output.stdout).unwrap();
        for attempt in run["attempts"].as_array().unwrap() {
            let lost = attempt["outcome"] == "inconclusive" || attempt["outcome"] == "not_applicable";
            assert!(lost && attempt["reason"].as_str().is_some_and(|why| !why.is_empty()), "{attempt}");
        }
    } else {
        assert!(said(&output).contains("No space left"), "{}", said(&output));
    }
    // The run is made, and cannot be recorded: a program that asks for its record is not told that all is well.
    let few = ["--technique", "raw-socket"];
    let fill = "mkdir -p small/tyrian/purple; head -c 1M /dev/zero >small/filler 2>small/error;";
    let count = "sh -c 'find small -type f -size +0 | wc -l; exit 0'";
    let script = format!("{fill} \"$@\"; code=$?; {count}; exit $code; ");
    let output = with_little_room(&dir, 64, &script, "XDG_STATE_HOME", &[&LOCAL[..], &few].concat());
    let text = said(&output);
    assert_eq!(output.status.code(), Some(70), "{text}");
    assert!(text.contains("No space left") && text.contains("the run is not recorded"), "{text}");
    // Only what filled it is there: no half of a line.
    assert!(String::from_utf8_lossy(&output.stdout).trim().ends_with('1'), "{output:?}");
}

#[test]
fn two_runs_at_once_are_two_runs_on_record() {
    let test = "two_runs_at_once_are_two_runs_on_record";
    if !tyrian_lab::root(test) {
        return;
    }
    let dir = place("two");
    let start = || {
        let few = ["--technique", "raw-socket", "--technique", "mount-*"];
        let mut command = command(&dir.0, &[&LOCAL[..], &few].concat());
        command.env("XDG_STATE_HOME", dir.0.join("state")).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let ended: Vec<Output> = [start(), start(), start()].map(|run| run.wait_with_output().unwrap()).into();
    for output in &ended {
        assert!(output.status.success(), "{}", said(output));
    }
    let mut command = command(&dir.0, &["purple", "show", "-f", "json"]);
    let shown = command.env("XDG_STATE_HOME", dir.0.join("state")).output().unwrap();
    let runs: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let runs = runs.as_array().unwrap();
    assert_eq!((runs.len(), said(&shown).as_str()), (3, ""));
    let blocked = |run: &Value| {
        let attempts = run["attempts"].as_array().unwrap();
        attempts.iter().map(|attempt| attempt["prevention"].clone()).collect::<Vec<_>>()
    };
    assert!(runs.iter().all(|run| blocked(run) == blocked(&runs[0])), "{runs:?}");
}

/// A run with that engine, begun.
fn begun(dir: &Dir, daemon: &Daemon, args: &[&str]) -> Child {
    let mut command = command(&dir.0, &[&["purple", "run", "--lab", "--quiet", "-f", "json"], args].concat());
    command.env("DOCKER_HOST", daemon.address()).env("XDG_STATE_HOME", dir.0.join("state"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ran(dir: &Dir, daemon: &Daemon, args: &[&str]) -> Output {
    begun(dir, daemon, args).wait_with_output().unwrap()
}

/// Waits until that holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    let late = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < late, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An image of an archive as `docker save` writes it, without a layer and for that architecture.
fn load(dir: &Dir, daemon: &Daemon, name: &str, architecture: &str) {
    let config = format!(
        r#"{{"architecture":"{architecture}","os":"linux","config":{{"Entrypoint":["/not/there"]}},"rootfs":{{"type":"layers","diff_ids":[]}}}}"#
    );
    dir.put("image/config.json", &config);
    let manifest = format!(r#"[{{"Config":"config.json","RepoTags":["{name}:latest"],"Layers":[]}}]"#);
    dir.put("image/manifest.json", &manifest);
    let tar = dir.0.join("image.tar");
    let mut made = Command::new("tar");
    made.arg("-C").arg(dir.0.join("image")).arg("-cf").arg(&tar).args(["config.json", "manifest.json"]);
    assert!(made.status().unwrap().success());
    daemon.says(&["load", "-i", tar.to_str().unwrap()]);
}

#[test]
fn an_engine_and_its_images_may_fail_in_every_way() {
    let test = "an_engine_and_its_images_may_fail_in_every_way";
    let dir = Dir::new("engine");
    let folder = std::env::temp_dir().join(format!("tyrian-test-{}-fails", std::process::id()));
    let Some(mut daemon) = Daemon::start(test, &folder, true, &[]) else { return };
    let few = ["--technique", "raw-socket", "--technique", "mount-file-system"];
    let run = |daemon: &Daemon, target: &str| ran(&dir, daemon, &[&few[..], &["--target", target]].concat());

    // Without a root file system, and with an entry point that is not there: the probe brings what it needs.
    load(&dir, &daemon, "bare", "amd64");
    let output = run(&daemon, "image:bare");
    assert!(output.status.success(), "{}", said(&output));
    let bare: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mount = &bare["attempts"][0];
    assert_eq!(
        (&mount["technique"], &mount["prevention"]),
        (&"mount-file-system".into(), &"blocked".into()),
        "{mount}"
    );

    // For another machine.
    load(&dir, &daemon, "other", "s390x");
    let output = run(&daemon, "image:other");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("is for s390x"), "{}", said(&output));

    // A container whose entry point cannot run, one that stopped, one that is paused, and one that is gone.
    daemon.says(&["create", "--name", "cannot-start", "bare"]);
    assert!(!daemon.docker(&["start", "cannot-start"]).status.success());
    let output = run(&daemon, "container:cannot-start");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("does not run: the clone is like it would be"), "{}", said(&output));
    let output = run(&daemon, "container:gone");
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("gone"), "{}", said(&output));

    // It vanishes while its clones are attacked: they are not it.
    let child = begun(&dir, &daemon, &["--attribute", "--target", "container:cannot-start"]);
    until("clones run", || daemon.says(&["ps", "-q"]).lines().count() > 2);
    daemon.says(&["rm", "-f", "cannot-start"]);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lost = |run: &Value| {
        let attempts = run["attempts"].as_array().unwrap();
        attempts.iter().filter(|attempt| attempt["outcome"] == "inconclusive").count()
    };
    assert!(lost(&run) < 8, "{} of {run}", lost(&run));
    assert_eq!(daemon.says(&["ps", "-aq"]), "");

    // The engine is killed in the middle.
    let child = begun(&dir, &daemon, &["--attribute", "--target", "image:bare"]);
    until("clones run", || daemon.says(&["ps", "-q"]).lines().count() > 2);
    daemon.kill();
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(120));
    if output.status.success() {
        let run: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(lost(&run) > 50, "{}", lost(&run));
        for attempt in run["attempts"].as_array().unwrap() {
            let blocked = attempt["prevention"] == "blocked" && attempt["stopper"].is_null();
            assert!(attempt["outcome"] != "inconclusive" || attempt["reason"].is_string(), "{attempt}");
            assert!(
                !blocked
                    || attempt["masked"] != serde_json::json!([])
                    || attempt["sufficient"] == serde_json::json!([]),
                "{attempt}"
            );
        }
        assert!(output.stdout.windows(20).any(|part| part == b"see whether it runs\""), "{run}");
    } else {
        assert!(said(&output).contains("see whether it runs"), "{}", said(&output));
    }
    drop(daemon);
    // It comes back, and what the run could not remove is found by its label.
    let Some(daemon) = Daemon::start(test, &folder, true, &[]) else { panic!("it does not start again") };
    let output = ran(&dir, &daemon, &[&few[..], &["--target", "image:bare"]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let mut command = command(&dir.0, &["purple", "clean"]);
    let cleaned = command.env("DOCKER_HOST", daemon.address()).output().unwrap();
    assert!(cleaned.status.success(), "{}", said(&cleaned));
    let left =
        [&["ps", "-aq"][..], &["volume", "ls", "-q"], &["network", "ls", "-q", "--filter", "type=custom"]];
    assert_eq!(left.map(|list| daemon.says(list)), ["", "", ""]);
    drop(daemon);
    let _ = fs::remove_dir_all(&folder);
}

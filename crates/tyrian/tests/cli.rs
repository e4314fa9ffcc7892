//! The program as its users and pipelines meet it: exit codes, streams, policies.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Dir, command, run};
use std::fs;
use std::process::Output;

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn talk(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// High: privileged. Medium: root by the setting.
const FAULTY: &str = "services:\n  a:\n    image: nginx\n    user: root\n    privileged: true\n";
const MEDIUM: &str = "services:\n  a:\n    image: nginx:1.27\n    user: root # tyrian:ignore root-user -- the image needs it\n";
const WAIVER: &str = "owner = \"shop\"\napprover = \"ann\"\nreason = \"known\"\nexpires = \"2999-01-01\"\n";

#[test]
fn exit_codes_mean_something() {
    let dir = Dir::new("codes");
    dir.put("faulty/compose.yaml", FAULTY);
    dir.put("empty/notes.txt", "nothing here\n");
    dir.put("broken/tyrian.toml", "[gate\n");
    dir.put("broken/compose.yaml", FAULTY);
    dir.put("unknown/compose.yaml", "services: {a: {image: 'nginx:1', privileged: '${P}'}}\n");
    for (args, code) in [
        (&["--version"][..], 0),
        (&["scan", "faulty"], 0),
        (&["scan", "faulty", "--fail-on", "high"], 1),
        (&["scan", "faulty", "--fail-on", "critical"], 0),
        (&["gate", "faulty"], 1),
        (&["gate", "unknown"], 1),
        (&["scan", "unknown", "--strict"], 4),
        (&["scan", "empty"], 3),
        (&["scan", "missing"], 2),
        (&["scan", "nonsense:thing"], 2),
        (&["scan", "broken"], 2),
        (&["scan", "--frobnicate"], 2),
        (&["scan", "faulty", "-o", "report.docx"], 2),
        (&["scan", "faulty", "-o", "missing/report.json"], 2),
        (&["scan", "docker", "--docker-host", "unix:///nowhere/docker.sock"], 3),
        (&["explain", "no-such-check"], 2),
        (&[], 2),
    ] {
        let output = run(&dir, args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", talk(&output));
        let spoken =
            if matches!(code, 0 | 1 | 4) { output.stdout.is_empty() } else { output.stderr.is_empty() };
        assert!(!spoken, "{args:?} says nothing");
    }
}

#[test]
fn data_goes_out_and_talk_aside_without_colours_in_a_pipe() {
    let dir = Dir::new("streams");
    dir.put("compose.yaml", FAULTY);
    let output = run(&dir, &["scan", ".", "-f", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["format"], 1);
    assert!(report["findings"].as_array().unwrap().iter().any(|f| f["check"] == "privileged-container"));
    assert_eq!(talk(&output), "");
    let human = run(&dir, &["scan", "."]);
    assert!(!out(&human).contains('\u{1b}'), "a pipe gets no colours");
}

#[test]
fn several_reports_in_one_run() {
    let dir = Dir::new("several");
    dir.put("compose.yaml", FAULTY);
    let args =
        ["scan", ".", "-o", "a.json", "-o", "a.sarif", "-o", "a.html", "-o", "a.svg", "-o", "human:a.report"];
    assert_eq!(run(&dir, &args).status.code(), Some(0));
    for (file, start) in [
        ("a.json", "{"),
        ("a.sarif", "{"),
        ("a.html", "<!doctype html>"),
        ("a.svg", "<svg"),
        ("a.report", ""),
    ] {
        let text = fs::read_to_string(dir.0.join(file)).unwrap();
        assert!(text.starts_with(start) && text.len() > 200, "{file}: {text}");
    }
    let left: Vec<String> = fs::read_dir(&dir.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".new"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn every_help_has_examples() {
    let dir = Dir::new("help");
    for command in ["scan", "gate", "matrix", "explain", "baseline"] {
        let help = out(&run(&dir, &[command, "--help"]));
        assert!(
            help.contains("Examples:") && help.contains(&format!("tyrian {command}")),
            "{command}: {help}"
        );
        let long = help.lines().find(|line| !line.starts_with("Usage") && line.chars().count() > 100);
        assert_eq!(long, None, "{command}");
    }
}

#[test]
fn a_mistake_in_the_configuration_is_underlined() {
    let dir = Dir::new("underlined");
    dir.put("compose.yaml", FAULTY);
    dir.put("tyrian.toml", "[gate]\nfail_on = \"terrible\"\n");
    let said = talk(&run(&dir, &["scan", "."]));
    assert!(said.contains("tyrian.toml:2:11") && said.contains("^^^"), "{said}");
}

#[test]
fn a_repository_cannot_weaken_the_judgement() {
    let dir = Dir::new("weaken");
    dir.put("compose.yaml", FAULTY);
    dir.put(
        "tyrian.toml",
        &format!("[gate]\nfail_on = \"critical\"\n\n[[waiver]]\ncheck = \"privileged-container\"\n{WAIVER}"),
    );
    let output = run(&dir, &["gate", "."]);
    let said = out(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("refused: the waiver of privileged-container"), "{said}");
    assert!(said.contains("refused: a higher threshold"), "{said}");
    // What the repository may not accept, the organisation may.
    let high: String = ["privileged-container", "dangerous-capability"]
        .iter()
        .map(|check| format!("[[waiver]]\ncheck = \"{check}\"\n{WAIVER}"))
        .collect();
    let policy = dir.put("policy/org.toml", &high);
    let output = run(&dir, &["gate", ".", "--policy", policy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let pin = talk(&output).split("--policy ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(run(&dir, &["gate", ".", "--policy", &pin]).status.code(), Some(0));
    let other = run(&dir, &["gate", ".", "--policy", &format!("{}0", &pin[..pin.len() - 1])]);
    let other = if other.status.code() == Some(0) {
        run(&dir, &["gate", ".", "--policy", &format!("{}1", &pin[..pin.len() - 1])])
    } else {
        other
    };
    assert_eq!(other.status.code(), Some(2), "{}", talk(&other));
}

#[test]
fn an_inline_ignore_works_up_to_medium_and_is_refused_beyond() {
    let dir = Dir::new("ignore");
    dir.put("medium/compose.yaml", MEDIUM);
    let report = out(&run(&dir, &["scan", "medium", "-f", "json"]));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let of = |check: &str| {
        report["findings"].as_array().unwrap().iter().find(|f| f["check"] == check).cloned().unwrap()
    };
    assert_eq!(of("root-user")["waived"]["reason"], "the image needs it");
    let high = FAULTY
        .replace("privileged: true", "privileged: true # tyrian:ignore privileged-container -- trust me");
    dir.put("high/compose.yaml", &high);
    let output = run(&dir, &["gate", "high"]);
    assert!(
        output.status.code() == Some(1) && out(&output).contains("refused: the ignore"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let dir = Dir::new("baseline");
    let medium = MEDIUM.replace(" # tyrian:ignore root-user -- the image needs it", "");
    dir.put("tree/compose.yaml", &medium);
    dir.put("tree/tyrian.toml", "[gate]\nfail_on = \"medium\"\n");
    assert_eq!(run(&dir, &["gate", "tree"]).status.code(), Some(1));
    let written = [
        "--owner",
        "shop",
        "--approver",
        "ann",
        "--reason",
        "start",
        "--expires",
        "2999-01-01",
        "-o",
        "base.json",
    ];
    let args: Vec<&str> = ["baseline", "tree"].into_iter().chain(written).collect();
    assert_eq!(run(&dir, &args).status.code(), Some(0));
    assert_eq!(run(&dir, &["gate", "tree", "--baseline", "base.json"]).status.code(), Some(0));
    // The fault moves: it is the same. Another one is new.
    dir.put("tree/compose.yaml", &format!("\n# moved\n{medium}"));
    assert_eq!(run(&dir, &["gate", "tree", "--baseline", "base.json"]).status.code(), Some(0));
    dir.put("tree/compose.yaml", &format!("{medium}    pid: host\n"));
    assert_eq!(run(&dir, &["gate", "tree", "--baseline", "base.json"]).status.code(), Some(1));
}

#[test]
fn a_snapshot_is_judged_as_the_thing_itself() {
    let dir = Dir::new("snapshot");
    dir.put("tree/compose.yaml", FAULTY);
    dir.put("tree/Dockerfile", "FROM debian\nRUN curl http://example.org/x | sh\n");
    assert_eq!(run(&dir, &["facts", "collect", "tree", "-o", "facts.json"]).status.code(), Some(0));
    let findings = |target: &str| {
        let mut report: serde_json::Value =
            serde_json::from_slice(&run(&dir, &["scan", target, "-f", "json"]).stdout).unwrap();
        let findings = report["findings"].as_array_mut().unwrap();
        // A patch is made of the files themselves, which a snapshot does not hold.
        let patch = |finding: &mut serde_json::Value| finding["patch"].take().is_string();
        let patches = findings.iter_mut().map(patch).filter(|is| *is).count();
        (findings.clone(), patches)
    };
    let (live, kept) = (findings("tree"), findings("facts:facts.json"));
    assert!(live.0 == kept.0, "{live:?}\n{kept:?}");
    assert!(live.1 > 0 && kept.1 == 0, "{} {}", live.1, kept.1);
    dir.put("tree/compose.yaml", &FAULTY.replace("privileged: true", "privileged: false"));
    run(&dir, &["facts", "collect", "tree", "-o", "later.json"]);
    let diff = out(&run(&dir, &["facts", "diff", "facts.json", "later.json"]));
    assert!(diff.contains("privileged: true → false"), "{diff}");
    dir.put("other.json", "{\"format\": 99}");
    let refused = run(&dir, &["scan", "facts:other.json"]);
    assert!(refused.status.code() == Some(2) && talk(&refused).contains("format 99"), "{}", talk(&refused));
}

#[test]
fn manifests_come_by_standard_input() {
    let dir = Dir::new("stdin");
    let pod = dir.put("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostPID: true\n  containers: [{name: a, image: b}]\n");
    let output = command(&dir.0, &["scan", "-"]).stdin(fs::File::open(pod).unwrap()).output().unwrap();
    assert!(out(&output).contains("host-pid-namespace"), "{}", out(&output));
}

#[test]
fn hostile_names_do_nothing_to_a_terminal() {
    let dir = Dir::new("names");
    dir.put("a\u{1b}[31mred\u{202e}x\n/Dockerfile", "FROM debian\nUSER root\nCMD [\"a\"]\n");
    let name = "ev\u{1b}]0;il\u{7}\u{200b}";
    dir.put("compose.yaml", &format!("services: {{\"{name}\": {{image: 'x:1', privileged: true}}}}\n"));
    for format in ["human", "json", "sarif"] {
        let text = out(&run(&dir, &["scan", ".", "-f", format]));
        let bad =
            text.chars().find(|c| *c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(c)));
        let escaped = format != "human"; // JSON may carry bidirectional characters; controls it escapes
        let bad = bad.filter(|c| !escaped || c.is_control());
        assert_eq!(bad, None, "{format}");
    }
}

#[test]
fn nothing_that_could_not_be_read_passes_for_clean() {
    let dir = Dir::new("unread");
    dir.put("compose.yaml", "services: {a: &a [*a]}\n");
    dir.put("Dockerfile", "FORM debian\n");
    dir.put("big.yaml", &format!("apiVersion: v1\nkind: Pod\nx: {}\n", "[".repeat(100_000)));
    std::os::unix::fs::symlink("/dev/zero", dir.0.join("zero.yaml")).unwrap();
    std::os::unix::fs::symlink("loop", dir.0.join("loop")).unwrap();
    let output = run(&dir, &["gate", "."]);
    let said = out(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("compose.yaml") && said.contains("Dockerfile"), "{said}");
}

#[test]
fn what_is_named_twice_is_read_once() {
    let dir = Dir::new("twice");
    dir.put("a/compose.yaml", FAULTY);
    dir.put("b/compose.yaml", FAULTY);
    let report = |targets: &[&str]| -> serde_json::Value {
        let args: Vec<&str> = ["scan", "-f", "json"].into_iter().chain(targets.iter().copied()).collect();
        serde_json::from_str(&out(&run(&dir, &args))).unwrap()
    };
    let count = |report: &serde_json::Value, key: &str| report[key].as_array().unwrap().len();
    let once = report(&["a"]);
    let more = report(&["a", "./a", "a/", "a/../a"]);
    assert_eq!((count(&more, "sources"), count(&more, "findings")), (1, count(&once, "findings")));
    // Two trees with worlds of one name stay apart, and a snapshot of both beside them too.
    let both = report(&["a", "b"]);
    assert_eq!((count(&both, "sources"), count(&both, "findings")), (2, 2 * count(&once, "findings")));
    let file = dir.0.join("both.json").display().to_string();
    assert!(run(&dir, &["facts", "collect", "a", "b", "--output", &file]).status.success());
    let three = report(&["a", "b", &format!("facts:{file}"), "facts:both.json"]);
    assert_eq!(count(&three, "unknowns"), count(&both, "unknowns"), "no two rows of one name");
}

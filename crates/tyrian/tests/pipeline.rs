//! The way from a first scan of an old repository to a gate, reports of earlier scans, and watching a folder.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Dir, command, run};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// High: privileged. Medium: root by the setting.
const FAULTY: &str = "services:\n  a:\n    image: nginx\n    user: root\n    privileged: true\n";
const MEDIUM: &str = "services:\n  a:\n    image: nginx:1.27\n    user: root\n";
const STRICT: &str = "baseline = \"old.json\"\n\n[gate]\nfail_on = \"medium\"\n";

/// The day that many days from now, as the command line takes it.
fn day(from_now: i64) -> String {
    use jiff::ToSpan;
    jiff::Zoned::now().date().checked_add(from_now.days()).unwrap().to_string()
}

#[test]
fn a_first_scan_says_how_to_begin_and_the_words_work() {
    let dir = Dir::new("begin");
    dir.put("old repo/compose.yaml", MEDIUM);
    let first = run(&dir, &["scan", "old repo"]);
    assert_eq!(first.status.code(), Some(0));
    let talk = String::from_utf8_lossy(&first.stderr).into_owned();
    let lines: Vec<&str> = talk.lines().map(str::trim).filter(|line| line.starts_with("tyrian ")).collect();
    assert_eq!(lines.len(), 2, "{talk}");
    let binary = Path::new(env!("CARGO_BIN_EXE_tyrian")).parent().unwrap();
    for line in lines {
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let ran =
            Command::new("sh").args(["-c", line]).current_dir(&dir.0).env("PATH", path).output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{line}: {}", said(&ran));
    }
    let baseline: Value =
        serde_json::from_str(&fs::read_to_string(dir.0.join("tyrian-baseline.json")).unwrap()).unwrap();
    assert_eq!((baseline["owner"].as_str(), baseline["approver"].as_str()), (Some("TEAM"), Some("NAME")));
    assert_eq!(baseline["expires"], day(90));
    // Who has begun is not told again, and neither is a program that reads the report.
    assert_eq!(run(&dir, &["scan", "old repo", "-f", "json"]).stderr, b"");
    dir.put("old repo/tyrian.toml", "");
    assert!(!said(&run(&dir, &["scan", "old repo"])).contains("To start here"));
}

#[test]
fn a_baseline_ends_and_is_renewed() {
    let dir = Dir::new("renewed");
    dir.put("tree/compose.yaml", MEDIUM);
    dir.put("tree/tyrian.toml", STRICT);
    let baseline = |more: &[&str]| {
        let args = ["baseline", "tree", "--owner", "shop", "--approver", "ann", "-o", "tree/old.json"];
        run(&dir, &[&args, more].concat())
    };
    // The configuration may name the file before it is there.
    assert_eq!(run(&dir, &["gate", "tree"]).status.code(), Some(2));
    assert_eq!(baseline(&["--expires", &day(0)]).status.code(), Some(0));
    assert_eq!(run(&dir, &["gate", "tree"]).status.code(), Some(0), "the last day is still one");
    let old = fs::read_to_string(dir.0.join("tree/old.json")).unwrap();
    dir.put("tree/old.json", &old.replace(&day(0), &day(-1)));
    let ended = run(&dir, &["gate", "tree"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(said(&ended).contains(&format!("it expired on {}", day(-1))), "{}", said(&ended));
    // A new one takes over what the old one accepted.
    assert_eq!(baseline(&[]).status.code(), Some(0));
    assert_eq!(run(&dir, &["gate", "tree"]).status.code(), Some(0));
    assert_eq!(baseline(&[]).status.code(), Some(0));
    assert_eq!(run(&dir, &["gate", "tree"]).status.code(), Some(0), "made while the other one held");
    for wrong in [["--expires", "2020-01-01"], ["--owner", " "], ["--reason", ""]] {
        let args: Vec<&str> = match wrong[0] {
            "--owner" => vec!["baseline", "tree", "--owner", " ", "--approver", "a"],
            _ => ["baseline", "tree", "--owner", "a", "--approver", "a"].into_iter().chain(wrong).collect(),
        };
        assert_eq!(run(&dir, &args).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn what_the_baseline_may_not_accept_is_said_when_it_is_made() {
    let dir = Dir::new("worse");
    dir.put("tree/compose.yaml", FAULTY);
    let made = run(&dir, &["baseline", "tree", "--owner", "shop", "--approver", "ann"]);
    assert!(
        said(&made).contains("worse than medium") && said(&made).contains("accept = \"critical\""),
        "{}",
        said(&made)
    );
    let gate = |more: &[&str]| {
        run(&dir, &[&["gate", "tree", "--baseline", "tyrian-baseline.json"], more].concat()).status.code()
    };
    assert_eq!(gate(&[]), Some(1));
    dir.put("org.toml", "[allow]\naccept = \"critical\"\n");
    assert_eq!(gate(&["--policy", "org.toml"]), Some(0));
    // What is new is not in it.
    dir.put("tree/compose.yaml", &format!("{FAULTY}  b:\n    image: nginx:1\n    privileged: true\n"));
    assert_eq!(gate(&["--policy", "org.toml"]), Some(1));
}

/// gitleaks/gitleaks#1355: a rebase gives every commit another name and moves lines; what was accepted stays so.
#[test]
fn complaint_a_baseline_survives_a_rebase() {
    let Some(git) = tyrian_lab::tool("complaint_a_baseline_survives_a_rebase", "git") else { return };
    let dir = Dir::new("rebase");
    dir.put("compose.yaml", MEDIUM);
    dir.put("tyrian.toml", STRICT);
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"];
        let mut command = Command::new(&git);
        command.args(who).args(args).current_dir(&dir.0).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", said(&ran));
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    git(&["checkout", "-qb", "work"]);
    let args = ["baseline", ".", "--owner", "shop", "--approver", "ann", "-o", "old.json"];
    assert_eq!(run(&dir, &args).status.code(), Some(0));
    git(&["add", "."]);
    git(&["commit", "-qm", "a baseline"]);
    git(&["checkout", "-q", "main"]);
    dir.put("compose.yaml", &format!("# a line\n# and another\n{MEDIUM}"));
    git(&["commit", "-qam", "moved"]);
    git(&["checkout", "-q", "work"]);
    git(&["rebase", "-q", "main"]);
    let gate = run(&dir, &["gate", "."]);
    assert_eq!(gate.status.code(), Some(0), "{}", said(&gate));
}

/// aquasecurity/trivy#3487: what could not be scanned must not end with 0 where somebody relies on the answer.
#[test]
fn complaint_a_scan_that_fails_is_no_success() {
    let dir = Dir::new("failed");
    dir.put("good/compose.yaml", MEDIUM);
    dir.put("broken/compose.yaml", "services: [\n");
    dir.put("notes/a.txt", "a\n");
    for (args, code) in [
        (&["gate", "good", "docker", "--docker-host", "unix:///nowhere/docker.sock"][..], 1),
        (&["gate", "good", "broken"], 1),
        (&["scan", "good", "docker", "--docker-host", "unix:///nowhere/docker.sock", "--strict"], 4),
        (&["scan", "good", "broken", "--strict"], 4),
        (&["scan", "broken"], 3),
        (&["scan", "nowhere"], 2),
        (&["scan", "notes"], 3),
        (&["gate", "notes"], 3),
        (&["scan", "good", "-o", "nowhere/report.junit.xml"], 2),
    ] {
        let ran = run(&dir, args);
        assert_eq!(ran.status.code(), Some(code), "{args:?}: {}", said(&ran));
    }
    // And every report says it.
    let formats = [
        "a.junit.xml",
        "a.md",
        "a.csv",
        "gitlab-sast:s.json",
        "gitlab-codequality:q.json",
        "warnings-ng:w.json",
    ];
    let outputs = formats.iter().flat_map(|format| ["-o", format]);
    let args: Vec<&str> = ["scan", "good", "broken"].into_iter().chain(outputs).collect();
    assert_eq!(run(&dir, &args).status.code(), Some(0));
    for format in formats {
        let text = fs::read_to_string(dir.0.join(format.rsplit(':').next().unwrap())).unwrap();
        assert!(text.contains("compose.yaml"), "{format}: {text}");
    }
    assert!(fs::read_to_string(dir.0.join("a.junit.xml")).unwrap().contains("<error type=\"unknown\""));
}

#[test]
fn an_earlier_report_is_judged_by_the_policies_of_today() {
    let dir = Dir::new("earlier");
    dir.put("tree/compose.yaml", MEDIUM);
    assert_eq!(run(&dir, &["scan", "tree", "-o", "scan.json"]).status.code(), Some(0));
    let gate = |more: &[&str]| run(&dir, &[&["gate"], more].concat());
    let passed = gate(&["report:scan.json"]);
    assert_eq!(passed.status.code(), Some(0), "{}", said(&passed));
    assert!(said(&passed).contains("0 min old, sha256:"), "{}", said(&passed));
    dir.put("strict.toml", "[gate]\nfail_on = \"medium\"\n");
    assert_eq!(gate(&["report:scan.json", "--config", "strict.toml"]).status.code(), Some(1));
    // The same decision as of the thing itself, to the letter.
    let decision = |args: &[&str]| {
        let ran = gate(&[args, &["--config", "strict.toml", "-f", "json"]].concat());
        serde_json::from_slice::<Value>(&ran.stdout).unwrap()["decision"].clone()
    };
    assert_eq!(decision(&["report:scan.json"]), decision(&["tree"]));
    // A pin holds it.
    let talk = said(&gate(&["report:scan.json"]));
    let digest = talk.split("sha256:").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(gate(&[&format!("report:scan.json@sha256:{digest}")]).status.code(), Some(0));
    let text = fs::read_to_string(dir.0.join("scan.json")).unwrap();
    dir.put("scan.json", &format!("{text} "));
    assert_eq!(gate(&[&format!("report:scan.json@sha256:{digest}")]).status.code(), Some(2));
    assert_eq!(run(&dir, &["scan", "report:scan.json"]).status.code(), Some(2));
    assert_eq!(gate(&["report:scan.json", "tree"]).status.code(), Some(2));
}

#[test]
fn an_earlier_report_that_leaves_something_out_fails_the_gate() {
    let dir = Dir::new("leaves");
    dir.put("good/compose.yaml", MEDIUM);
    dir.put("bad/compose.yaml", FAULTY);
    run(&dir, &["scan", "good", "-o", "good.json"]);
    run(&dir, &["scan", "bad", "-o", "bad.json"]);
    let load = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(dir.0.join(name)).unwrap()).unwrap()
    };
    let gate = |name: &str, value: &Value| {
        dir.put(name, &value.to_string());
        run(&dir, &["gate", &format!("report:{name}")])
    };
    type Change = fn(&mut Value);
    let changes: [(&str, Change, &str); 7] = [
        ("version", |v| v["tool"] = "tyrian 0.0.1".into(), "0.0.1"),
        ("format", |v| v["format"] = 2.into(), "format 2"),
        ("unknowns", |v| drop(v.as_object_mut().unwrap().remove("unknowns")), "unknowns"),
        ("sources", |v| v["sources"] = Value::Array(Vec::new()), "what was scanned"),
        ("findings", |v| drop(v.as_object_mut().unwrap().remove("findings")), "findings"),
        ("old", |v| v["taken"] = 1_600_000_000.into(), "days old"),
        ("future", |v| v["taken"] = 9_000_000_000_i64.into(), "still to come"),
    ];
    for (name, change, says) in changes {
        let mut value = load("good.json");
        change(&mut value);
        let ran = gate(&format!("{name}.json"), &value);
        assert_eq!(ran.status.code(), Some(1), "{name}: {}", said(&ran));
        assert!(said(&ran).contains(says), "{name}: {}", said(&ran));
    }
    // Severities and acceptances of the file count for nothing.
    let mut value = load("bad.json");
    for finding in value["findings"].as_array_mut().unwrap() {
        finding["severity"] = "info".into();
        finding["waived"] =
            serde_json::json!({"owner": "me", "approver": "me", "reason": "mine", "expires": "2999-01-01"});
    }
    let ran = gate("weakened.json", &value);
    assert!(ran.status.code() == Some(1) && said(&ran).contains("privileged-container"), "{}", said(&ran));
    // An Unknown fails here as it does there.
    dir.put("unknown/compose.yaml", "services: {a: {image: 'nginx:1', privileged: '${P}'}}\n");
    run(&dir, &["scan", "unknown", "-o", "unknown.json"]);
    assert_eq!(run(&dir, &["gate", "report:unknown.json"]).status.code(), Some(1));
    dir.put("no.json", "not json");
    assert_eq!(run(&dir, &["gate", "report:no.json"]).status.code(), Some(1));
    assert_eq!(run(&dir, &["gate", "report:missing.json"]).status.code(), Some(2));
}

/// A program that watches, and its lines as they come.
struct Watch(Child, Receiver<String>);

impl Watch {
    fn new(dir: &Dir, args: &[&str]) -> Self {
        // Who runs the tests in the background has it ignore Ctrl-C, which it would pass on.
        let own = command(&dir.0, args);
        let mut child = Command::new("env");
        child.arg("--default-signal=INT").arg(own.get_program()).args(own.get_args()).current_dir(&dir.0);
        for (name, value) in own.get_envs() {
            match value {
                Some(value) => child.env(name, value),
                None => child.env_remove(name),
            };
        }
        let child = child.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let (sender, receiver) = channel();
        let out = child.stdout.take().unwrap();
        let talk = child.stderr.take().unwrap();
        let other = sender.clone();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
        });
        std::thread::spawn(move || {
            BufReader::new(talk).lines().map_while(Result::ok).for_each(|line| drop(other.send(line)))
        });
        Watch(child, receiver)
    }
    /// The next line that has this in it; the lines before it are dropped.
    fn until(&self, part: &str) -> String {
        loop {
            let line =
                self.1.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("no {part:?} came"));
            if line.contains(part) {
                return line;
            }
        }
    }
    fn json(&self) -> Value {
        serde_json::from_str(&self.until("\"new\"")).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn checks(value: &Value, list: &str) -> Vec<String> {
    value[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["check"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn watching_a_folder_prints_what_changes() {
    let dir = Dir::new("watch");
    dir.put("tree/compose.yaml", MEDIUM);
    let watch = Watch::new(&dir, &["scan", "--watch", "tree", "-f", "json", "-o", "tree/report.html"]);
    let first = watch.json();
    assert!(checks(&first, "new").contains(&"root-user".to_owned()) && checks(&first, "mended").is_empty());
    assert!(dir.0.join("tree/report.html").is_file(), "a report in the folder is no endless change");
    // A new fault, a new file, a new folder.
    dir.put("tree/compose.yaml", &format!("{MEDIUM}    privileged: true\n"));
    let second = watch.json();
    assert!(checks(&second, "new").contains(&"privileged-container".to_owned()), "{second}");
    let old = "root-user".to_owned();
    assert!(!checks(&second, "mended").contains(&old) && !checks(&second, "new").contains(&old));
    dir.put("tree/deep/er/Dockerfile", "FROM debian\nRUN curl http://example.org/x | sh\n");
    assert!(checks(&watch.json(), "new").contains(&"download-piped-to-shell".to_owned()));
    // As editors save: written beside, and renamed into its place.
    dir.put("tree/.compose.yaml.swp", &MEDIUM.replace("    user: root\n", "    user: \"1000\"\n"));
    fs::rename(dir.0.join("tree/.compose.yaml.swp"), dir.0.join("tree/compose.yaml")).unwrap();
    let mended = checks(&watch.json(), "mended");
    assert!(
        mended.contains(&"root-user".to_owned()) && mended.contains(&"privileged-container".to_owned()),
        "{mended:?}"
    );
    // The folder goes and comes back.
    fs::rename(dir.0.join("tree"), dir.0.join("away")).unwrap();
    watch.until("is gone");
    dir.put("away/compose.yaml", FAULTY);
    fs::rename(dir.0.join("away"), dir.0.join("tree")).unwrap();
    assert!(checks(&watch.json(), "new").contains(&"privileged-container".to_owned()));
    // A mistake in the configuration is said, and mended while one watches.
    dir.put("tree/tyrian.toml", "[gate\n");
    watch.until("tyrian.toml");
    dir.put("tree/tyrian.toml", "");
    dir.put("tree/compose.yaml", MEDIUM);
    assert!(checks(&watch.json(), "mended").contains(&"privileged-container".to_owned()));
    // Nothing is left to judge: everything is mended.
    fs::remove_file(dir.0.join("tree/compose.yaml")).unwrap();
    fs::remove_dir_all(dir.0.join("tree/deep")).unwrap();
    let last = watch.json();
    assert!(checks(&last, "mended").contains(&"root-user".to_owned()), "{last}");
}

#[test]
fn watching_for_a_person_prints_lines_and_ends_cleanly() {
    let dir = Dir::new("person");
    dir.put("compose.yaml", MEDIUM);
    let mut watch = Watch::new(&dir, &["scan", "--watch"]);
    watch.until("What to do first");
    dir.put("compose.yaml", &format!("{MEDIUM}    privileged: true\n"));
    let line = watch.until("privileged-container");
    assert!(line.starts_with("new ") && line.ends_with("compose.yaml:5:17"), "{line}");
    let sum = watch.until(" open");
    assert!(sum.contains(" new, ") && sum.contains(" mended, "), "{sum}");
    let id = watch.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let status = watch.0.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(2));
    let left: Vec<String> = fs::read_dir(&dir.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["compose.yaml"]);
    for args in [
        &["scan", "--watch", "docker"][..],
        &["scan", "--watch", "nowhere"],
        &["scan", "--watch", "-f", "sarif"],
        &["scan", "--watch", "--strict"],
    ] {
        assert_eq!(run(&dir, args).status.code(), Some(2), "{args:?}");
    }
}

/// Groups are worked out without patches; where there are patches, they agree.
#[test]
fn what_one_patch_mends_is_one_group() {
    let shop = tyrian_lab::checkout().join("examples/shop/faulty");
    let ran = command(&shop, &["scan", ".", "-f", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let mut groups: std::collections::BTreeMap<(&str, &str), std::collections::BTreeSet<&str>> =
        Default::default();
    for finding in findings {
        if let (Some(check), Some(patch)) = (finding["check"].as_str(), finding["patch"].as_str()) {
            groups.entry((check, patch)).or_default().insert(finding["group"].as_str().unwrap());
        }
    }
    assert!(groups.len() > 20, "too few patches to say anything: {}", groups.len());
    let apart: Vec<_> = groups.iter().filter(|(_, groups)| groups.len() > 1).collect();
    assert!(apart.is_empty(), "one patch, several groups: {apart:?}");
    let names: std::collections::BTreeSet<&str> =
        findings.iter().map(|f| f["group"].as_str().unwrap()).collect();
    assert!(names.len() < findings.len() && report["summary"]["changes"] == names.len());
}

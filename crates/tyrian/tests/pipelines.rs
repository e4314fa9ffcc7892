//! The examples for pipelines: their steps run here as their platforms would run them, on a tree with faults and on a
//! healthy one, and they have no findings themselves. `judges/pipelines` asks others about them.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::Dir;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tyrian_read::yaml::{Node, Value, documents};

impl Dir {
    fn has(&self, file: &str, part: &str) {
        let text = fs::read_to_string(self.0.join(file)).unwrap();
        assert!(text.contains(part), "{file} has no {part:?}: {text}");
    }
}

const BAD: &str = "services:\n  a:\n    image: nginx:1\n    privileged: true\n";
const GOOD: &str = "services:\n  a:\n    image: nginx:1\n    user: \"1000\"\n";

fn example(file: &str) -> String {
    fs::read_to_string(tyrian_lab::checkout().join(file)).unwrap()
}

fn yaml(file: &str) -> Node {
    documents(file, &example(file)).unwrap_or_else(|gap| panic!("{}", gap.what)).remove(0)
}

fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &node.is else { return None };
    entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
}

fn at<'n>(node: &'n Node, path: &[&str]) -> &'n Node {
    path.iter().fold(node, |node, key| child(node, key).unwrap_or_else(|| panic!("no {key} of {path:?}")))
}

fn text(node: &Node) -> String {
    match &node.is {
        Value::Scalar { text, .. } => text.clone(),
        Value::Null => String::new(),
        other => panic!("no text: {other:?}"),
    }
}

fn items(node: &Node) -> &[Node] {
    let Value::List(items) = &node.is else { panic!("no list: {:?}", node.is) };
    items
}

fn entries(node: &Node) -> Vec<(String, String)> {
    let Value::Map(entries) = &node.is else { panic!("no mapping: {:?}", node.is) };
    entries.iter().map(|(name, node)| (name.clone(), text(node))).collect()
}

/// A shell with that text, in that directory, with the program in its path and little else around it.
fn shell(dir: &Dir, shell: &[&str], script: &str, env: &BTreeMap<String, String>) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_tyrian")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(script).current_dir(&dir.0).stdin(Stdio::null()).env_clear();
    command.env("PATH", path).env("TMPDIR", &dir.0).envs(env).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs the steps of the action, as the runner does: expressions are put in, outputs go on. Gives the exit code of the
/// first step that fails, and the outputs of the action's steps.
fn action(dir: &Dir, given: &[(&str, &str)]) -> (i32, String, BTreeMap<String, String>) {
    const FILE: &str = "examples/pipelines/github/action.yml";
    let action = yaml(FILE);
    assert_eq!(text(at(&action, &["runs", "using"])), "composite");
    let Value::Map(inputs) = &at(&action, &["inputs"]).is else { panic!("no inputs") };
    let mut known: BTreeMap<String, String> = inputs
        .iter()
        .map(|(name, input)| (format!("inputs.{name}"), text(at(input, &["default"]))))
        .collect();
    let here = tyrian_lab::checkout().join("examples/pipelines/github");
    known.insert("github.action_path".into(), here.display().to_string());
    for (name, value) in given {
        assert!(known.insert(format!("inputs.{name}"), (*value).to_owned()).is_some(), "no input {name}");
    }
    let (summary, output) = (dir.0.join("summary.out"), dir.0.join("output.out"));
    let mut talk = String::new();
    for step in items(at(&action, &["runs", "steps"])) {
        let script = text(at(step, &["run"]));
        assert!(!script.contains("${{"), "an expression in the text of a script: {script}");
        assert_eq!(text(at(step, &["shell"])), "bash");
        let mut env = BTreeMap::new();
        for (name, value) in entries(at(step, &["env"])) {
            let inner = value.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")).unwrap();
            env.insert(name, known.get(inner).unwrap_or_else(|| panic!("{inner} is not known")).clone());
        }
        env.insert("GITHUB_STEP_SUMMARY".into(), summary.display().to_string());
        env.insert("GITHUB_OUTPUT".into(), output.display().to_string());
        let bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"];
        let ran = shell(dir, &bash, &script, &env);
        talk.push_str(&said(&ran));
        if let Some(id) = child(step, "id") {
            for line in fs::read_to_string(&output).unwrap_or_default().lines() {
                let (name, value) = line.split_once('=').unwrap();
                known.insert(format!("steps.{}.outputs.{name}", text(id)), value.to_owned());
            }
        }
        if !ran.status.success() {
            return (ran.status.code().unwrap(), talk, known);
        }
    }
    (0, talk, known)
}

#[test]
fn the_github_action_shows_and_decides() {
    let Some(_) = tyrian_lab::tool("the_github_action_shows_and_decides", "bash") else { return };
    let dir = Dir::new("action");
    dir.put("a b/compose.yaml", BAD);
    let (code, talk, known) = action(&dir, &[("target", "a b")]);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("The gate fails"), "{talk}");
    dir.has("summary.out", "## tyrian: the gate fails");
    let sarif = fs::read_to_string(&known["steps.scan.outputs.sarif"]).unwrap();
    assert!(sarif.contains("privileged-container"));
    // What the action says it gives is what a step gives.
    let given = text(at(&yaml("examples/pipelines/github/action.yml"), &["outputs", "sarif", "value"]));
    assert_eq!(given, "${{ steps.scan.outputs.sarif }}");

    dir.put("a b/compose.yaml", GOOD);
    let (code, talk, _) = action(&dir, &[("target", "a b")]);
    assert_eq!(code, 0, "{talk}");
    // A name is data, whatever it looks like.
    dir.put("$(touch hurt)`touch hurt`;touch hurt/compose.yaml", GOOD);
    let (code, talk, _) = action(&dir, &[("target", "$(touch hurt)`touch hurt`;touch hurt")]);
    assert!(code == 0 && !dir.0.join("hurt").exists(), "{talk}");

    // An old tree begins with a baseline that the organisation allows.
    dir.put("a b/compose.yaml", BAD);
    let policy = dir.put("org.toml", "[allow]\naccept = \"critical\"\n");
    let mut baseline = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    baseline
        .args(["baseline", "a b", "--owner", "o", "--approver", "a", "-o", "old.json"])
        .current_dir(&dir.0);
    assert!(baseline.output().unwrap().status.success());
    let old = [("target", "a b"), ("baseline", "old.json"), ("policy", policy.to_str().unwrap())];
    let (code, talk, _) = action(&dir, &old);
    assert_eq!(code, 0, "{talk}");
}

#[test]
fn the_gitlab_job_shows_and_decides() {
    let dir = Dir::new("gitlab");
    let file = yaml("examples/pipelines/gitlab/tyrian.gitlab-ci.yml");
    let job = at(&file, &["tyrian"]);
    let env: BTreeMap<String, String> =
        entries(at(&file, &["variables"])).into_iter().chain(entries(at(job, &["variables"]))).collect();
    let run = || {
        for line in items(at(job, &["script"])) {
            let ran = shell(&dir, &["sh", "-ec"], &text(line), &env);
            if !ran.status.success() {
                return (ran.status.code().unwrap(), said(&ran));
            }
        }
        (0, String::new())
    };
    dir.put("compose.yaml", BAD);
    let (code, talk) = run();
    assert!(code == 1 && talk.contains("The gate fails"), "{talk}");
    // Every file that the job promises is there.
    let reports = entries(at(job, &["artifacts", "reports"]));
    assert_eq!(
        reports.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(),
        ["sast", "codequality", "junit"]
    );
    let paths = items(at(job, &["artifacts", "paths"])).iter().map(text);
    for file in paths.chain(reports.into_iter().map(|(_, file)| file)) {
        dir.has(&file, "privileged");
    }
    dir.put("compose.yaml", GOOD);
    let (code, talk) = run();
    assert_eq!(code, 0, "{talk}");
}

#[test]
fn the_jenkins_step_shows_and_decides() {
    let dir = Dir::new("jenkins");
    let step = example("examples/pipelines/jenkins/vars/tyrianGate.groovy");
    let scripts: Vec<&str> = step.split("'''").skip(1).step_by(2).collect();
    assert_eq!(scripts.len(), 2, "{step}");
    let run = |baseline: &str| {
        let env =
            BTreeMap::from([("TARGET".to_owned(), ".".to_owned()), ("BASELINE".into(), baseline.to_owned())]);
        for script in &scripts {
            let ran = shell(&dir, &["sh", "-xec"], script, &env);
            if !ran.status.success() {
                return (ran.status.code().unwrap(), said(&ran));
            }
        }
        (0, String::new())
    };
    dir.put("compose.yaml", BAD);
    let (code, talk) = run("");
    assert!(code == 1 && talk.contains("The gate fails"), "{talk}");
    for file in ["tyrian.junit.xml", "tyrian.warnings-ng.json", "tyrian.html", "tyrian.json"] {
        assert!(
            step.contains(&format!("'{file}")) || step.contains(&format!(" {file}'")),
            "{file} is not shown"
        );
        dir.has(file, "privileged-container");
    }
    dir.put("compose.yaml", GOOD);
    let (code, talk) = run("");
    assert_eq!(code, 0, "{talk}");
    let (code, talk) = run("missing.json");
    assert_eq!(code, 2, "{talk}");
}

#[test]
fn the_hook_of_pre_commit_decides() {
    let dir = Dir::new("hook");
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = &items(&hooks)[0];
    let args: Vec<String> = items(at(hook, &["args"])).iter().map(text).collect();
    let line = format!("{} {}", text(at(hook, &["entry"])), args.join(" "));
    dir.put("compose.yaml", BAD);
    let ran = shell(&dir, &["sh", "-ec"], &line, &BTreeMap::new());
    assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
    dir.put("compose.yaml", GOOD);
    let ran = shell(&dir, &["sh", "-ec"], &line, &BTreeMap::new());
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
}

/// As they stand where their platforms look for them.
#[test]
fn the_examples_have_no_findings_themselves() {
    let dir = Dir::new("themselves");
    for (from, to) in [
        ("examples/pipelines/github/workflow.yml", ".github/workflows/tyrian.yml"),
        ("examples/pipelines/github/action.yml", "action/action.yml"),
        ("examples/pipelines/gitlab/tyrian.gitlab-ci.yml", ".gitlab-ci.yml"),
        ("examples/pipelines/jenkins/Jenkinsfile", "Jenkinsfile"),
        ("examples/pipelines/jenkins/vars/tyrianGate.groovy", "vars/tyrianGate.groovy"),
        (".pre-commit-hooks.yaml", ".pre-commit-hooks.yaml"),
    ] {
        dir.put(to, &example(from));
    }
    let mut scan = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    scan.args(["scan", ".", "--all", "--fail-on", "info"]).current_dir(&dir.0);
    let ran = scan.output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    assert!(said(&ran).contains("0 failed, 0 unknown"), "{}", said(&ran));
}

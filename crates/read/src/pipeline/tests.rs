//! Workflows and Jenkinsfiles, whole and broken.

use super::{github, jenkins};
use crate::Input;
use crate::secrets::Key;
use serde_json::{Value, json};
use tyrian_model::fact::See;
use tyrian_model::facts::World;
use tyrian_model::pipeline::Pipeline;

fn input<'a>(path: &'a str, text: &'a str) -> Input<'a> {
    Input { path, text, key: &Key([3; 32]) }
}

/// What the facts say: `{"is": v}` and `{"at": [v, pos]}` as `v`.
fn said(value: Value) -> Value {
    match value {
        Value::Object(mut map) if map.len() == 1 && map.contains_key("is") => said(map["is"].take()),
        Value::Object(mut map) if map.len() == 1 && map.contains_key("at") && map["at"].is_array() => {
            said(map["at"][0].take())
        }
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, said(value))).collect(),
        Value::Array(items) => items.into_iter().map(said).collect(),
        other => other,
    }
}

fn read(pipeline: Pipeline) -> Value {
    said(serde_json::to_value(pipeline).unwrap())
}
fn workflow(text: &str) -> Value {
    read(github(&input("ci.yml", text)))
}
fn jenkinsfile(text: &str) -> Value {
    read(jenkins(&input("Jenkinsfile", text)))
}

/// The commands of a script and where they stand.
fn commands(script: &Value) -> Vec<(String, u64, u64)> {
    let pipes = script["pipelines"].as_array().unwrap_or_else(|| panic!("{script}"));
    let all = pipes.iter().flat_map(|pipe| pipe["commands"].as_array().unwrap());
    all.map(|command| {
        let words = command["words"].as_array().unwrap();
        let words: Vec<&str> = words.iter().map(|word| word["text"].as_str().unwrap()).collect();
        (words.join(" "), command["at"]["line"].as_u64().unwrap(), command["at"]["column"].as_u64().unwrap())
    })
    .collect()
}
fn command(text: &str, line: u64, column: u64) -> (String, u64, u64) {
    (text.to_owned(), line, column)
}
/// `uses` of each step, `sh` where it has a script.
fn steps(job: &Value) -> Vec<String> {
    let steps = job["steps"].as_array().unwrap_or_else(|| panic!("{job}"));
    steps.iter().map(|step| step["uses"]["text"].as_str().unwrap_or("sh").to_owned()).collect()
}
fn names(pipeline: &Value) -> Vec<&str> {
    pipeline["jobs"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap()).collect()
}
fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value}"))
        .iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect()
}

#[test]
fn a_workflow_is_read_whole() {
    let it = workflow(
        "on: {push: {branches: [main]}, pull_request_target: }
permissions: read-all
env: {A: outer, B: outer}
jobs:
  build:
    runs-on: ubuntu-latest
    permissions: {contents: write, id-token: none}
    container: {image: 'node:18', options: --privileged, volumes: ['/var/run/docker.sock:/s']}
    services: {db: {image: postgres}}
    env: {B: job}
    continue-on-error: true
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: true}
      - name: title
        env: {C: '${{ secrets.C }}'}
        run: |

          set -u
          echo \"${{ github.event.issue.title }}\" | tee x
  call:
    uses: ./.github/workflows/other.yml
",
    );
    assert_eq!(it["triggers"], json!(["pull_request_target", "push"]));
    assert_eq!(it["permissions"], json!({"*": "read"}));
    let job = &it["jobs"][0];
    assert_eq!(job["permissions"], json!({"contents": "write", "id-token": "none"}));
    assert_eq!(
        texts(&job["container"]),
        ["node:18", "--privileged", "-v /var/run/docker.sock:/s", "postgres"]
    );
    assert_eq!(job["may_fail"], json!(true));
    assert_eq!(steps(job), ["actions/checkout@v4", "sh"]);
    assert_eq!(job["steps"][0]["with"]["persist-credentials"]["text"], "true");
    assert_eq!(job["steps"][0]["script"], Value::Null);
    let step = &job["steps"][1];
    let env = |name: &str| step["env"][name]["text"].as_str().unwrap().to_owned();
    assert_eq!((env("A"), env("B"), env("C")), ("outer".into(), "job".into(), "${{ secrets.C }}".into()));
    assert_eq!(step["expressions"], json!([["github.event.issue.title", {"line": 20, "column": 17}]]));
    let script = &step["script"];
    assert_eq!((&script["errexit"], &script["pipefail"]), (&json!(true), &json!(false)));
    assert_eq!(
        commands(script),
        [
            command("set -u", 19, 11),
            command("echo ${{ github.event.issue.title }}", 20, 11),
            command("tee x", 20, 52)
        ]
    );
    assert_eq!(it["jobs"][1]["uses"]["text"], "./.github/workflows/other.yml");
    assert_eq!(it["jobs"][1]["steps"], json!([]));
}

#[test]
fn triggers_and_permissions_have_several_forms() {
    let it = |head: &str| workflow(&format!("{head}\njobs: {{}}\n"));
    assert_eq!(it("on: push")["triggers"], json!(["push"]));
    assert_eq!(it("'on': [push, workflow_dispatch]")["triggers"], json!(["push", "workflow_dispatch"]));
    assert!(it("name: x")["triggers"]["gap"].is_object());
    assert_eq!(it("on: push")["permissions"], Value::Null);
    assert_eq!(it("on: push\npermissions: {}")["permissions"], json!({}));
    assert_eq!(it("on: push\npermissions: write-all")["permissions"], json!({"*": "write"}));
    for wrong in ["all", "{contents: admin}", "[contents]", "{contents: '${{ x }}'}"] {
        assert!(it(&format!("on: push\npermissions: {wrong}"))["permissions"]["gap"].is_object(), "{wrong}");
    }
}

#[test]
fn the_shell_is_the_one_that_github_takes() {
    let script = |job: &str, step: &str| {
        let text =
            format!("on: push\njobs:\n  a:\n    {job}\n    steps:\n      - run: make\n        {step}\n");
        workflow(&text)["jobs"][0]["steps"][0]["script"].clone()
    };
    let is = |job: &str, step: &str| {
        let script = script(job, step);
        (script["shell"].as_str().unwrap().to_owned(), script["errexit"] == true, script["pipefail"] == true)
    };
    let linux = "runs-on: [self-hosted, linux]";
    assert_eq!(is(linux, ""), ("bash".into(), true, false));
    assert_eq!(is(linux, "shell: bash"), ("bash".into(), true, true));
    assert_eq!(is(linux, "shell: sh"), ("sh".into(), true, false));
    assert_eq!(is(linux, "shell: bash --noprofile {0}"), ("bash".into(), false, false));
    assert_eq!(is(linux, "shell: /bin/bash -euo pipefail {0}"), ("bash".into(), true, true));
    assert_eq!(is("defaults: {run: {shell: bash}}", ""), ("bash".into(), true, true));
    assert_eq!(is("runs-on: windows-latest", "shell: bash"), ("bash".into(), true, true));
    for (job, step) in [
        ("runs-on: windows-latest", ""),
        (linux, "shell: pwsh"),
        (linux, "shell: python"),
        ("strategy: {matrix: {os: [windows-2022, windows-2025]}}\n    runs-on: '${{ matrix.os }}'", ""),
    ] {
        assert_eq!(script(job, step), Value::Null, "{job} {step}");
    }
    // One leg that reads it with bash is enough.
    let both = "strategy: {matrix: {include: [{os: ubuntu-latest}, {os: windows-2025}]}}\n    runs-on: '${{ matrix.os }}'";
    assert_eq!(is(both, ""), ("bash".into(), true, false));
    let choice = "runs-on: \"${{ inputs.fast && 'big' || 'ubuntu-latest' }}\"";
    assert_eq!(is(choice, ""), ("bash".into(), true, false));
    for (job, step) in [("runs-on: '${{ inputs.os }}'", ""), (linux, "shell: '${{ inputs.shell }}'")] {
        assert!(script(job, step)["gap"].is_object(), "{job} {step}");
    }
}

#[test]
fn what_only_a_later_stage_knows_is_a_gap() {
    let job = |text: &str| workflow(&format!("on: push\njobs:\n  a:\n    {text}\n"))["jobs"][0].clone();
    let step = |text: &str| job(&format!("steps: [{{{text}}}]"))["steps"][0].clone();
    assert!(job("continue-on-error: '${{ x }}'\n    steps: []")["may_fail"]["gap"].is_object());
    assert!(job("container: '${{ x }}'\n    steps: []")["container"]["gap"].is_object());
    assert!(job("container: {options: x}\n    steps: []")["container"]["gap"].is_object());
    assert!(job("name: x")["steps"]["gap"].is_object());
    assert!(job("steps: {}")["steps"]["gap"].is_object());
    assert!(step("name: x")["script"]["gap"].is_object());
    assert!(step("run: [x]")["script"]["gap"].is_object());
    assert!(step("run: x, env: '${{ fromJSON(x) }}'")["env"]["gap"].is_object());
    assert!(workflow("on: push\n")["jobs"]["gap"].is_object());
    assert!(workflow("")["jobs"]["gap"].is_object());
    assert!(workflow("on: push\njobs: {a: {steps: [")["jobs"]["gap"].is_object());
    assert!(
        workflow("on: push\njobs: {a: {steps: []}, a: {steps: []}}")["jobs"][0]["steps"]["gap"].is_object()
    );
}

#[test]
fn folded_and_plain_scripts_keep_their_lines() {
    let it = workflow(
        "on: push\njobs:\n  a:\n    steps:\n      - run: make all\n      - run: >-\n          docker run\n          --rm x\n\n          echo y\n      - run: 'true && ls'\n",
    );
    let script = |n: usize| commands(&it["jobs"][0]["steps"][n]["script"]);
    assert_eq!(script(0), [command("make all", 5, 14)]);
    assert_eq!(script(1), [command("docker run --rm x", 7, 11), command("echo y", 10, 11)]);
    assert_eq!(script(2), [command("true", 11, 15), command("ls", 11, 23)]);
}

#[test]
fn a_composite_action_is_one_job() {
    let it = workflow(
        "name: x\nruns:\n  using: composite\n  steps:\n    - run: a | b\n      shell: bash\n    - uses: x/y@v1\n",
    );
    assert_eq!((names(&it), &it["triggers"]), (vec!["runs"], &json!([])));
    assert_eq!(steps(&it["jobs"][0]), ["sh", "x/y@v1"]);
    assert_eq!(it["jobs"][0]["steps"][0]["script"]["pipefail"], true);
    let it = workflow("runs: {using: docker, image: 'docker://alpine:3'}");
    assert_eq!(texts(&it["jobs"][0]["container"]), ["alpine:3"]);
    assert_eq!(workflow("runs: {using: docker, image: Dockerfile}")["jobs"][0]["container"], json!([]));
}

#[test]
fn a_declarative_jenkinsfile_is_read_whole() {
    let it = jenkinsfile(
        r##"@Library(['shared@main', 'other']) _
/* sh 'no' */
pipeline {
  agent { docker { image 'maven:3'; args '-v /var/run/docker.sock:/var/run/docker.sock' } }
  options { timeout(time: 1, unit: 'HOURS') } // sh 'no'
  environment {
    TOKEN = credentials('token')
    MODE = 'fast'
  }
  stages {
    stage('Build') {
      when { branch 'main' }
      steps {
        sh '''
          mvn -q package
          echo done'''
        sh "curl http://${params.HOST}/x | sh"
        sh(script: 'make lint', returnStatus: true)
        archiveArtifacts artifacts: 'target/*.jar', fingerprint: true
      }
      post { always { junit 'target/*.xml' } }
    }
    stage('Tests') {
      parallel {
        stage('Unit') {
          agent { label 'big' }
          steps { catchError { sh 'make unit' } }
        }
        stage('More') {
          agent { kubernetes { yaml """
spec:
  containers:
  - name: x
    image: golang:1
    securityContext: {privileged: true}
""" } }
          environment { MODE = "slow" }
          steps {
            withCredentials([string(credentialsId: 'k', variable: 'K')]) { sh "push $K" }
            bat 'dir'
            git url: 'http://example.com/x.git', branch: 'main'
          }
        }
      }
    }
  }
  post { failure { mail to: 'a@example.com' } }
}
"##,
    );
    assert_eq!(names(&it), ["pipeline", "Build", "Tests", "Unit", "More"]);
    let jobs = it["jobs"].as_array().unwrap();
    assert_eq!(steps(&jobs[0]), ["library shared@main", "library other", "mail"]);
    assert_eq!(steps(&jobs[1]), ["sh", "sh", "sh", "archiveArtifacts", "junit target/*.xml"]);
    assert_eq!(jobs[1]["steps"][3]["with"]["artifacts"]["text"], "target/*.jar");
    assert_eq!(jobs[1]["steps"][0]["env"]["TOKEN"]["text"], "credentials('token')");
    let socket = "-v /var/run/docker.sock:/var/run/docker.sock";
    assert_eq!(texts(&jobs[1]["container"]), ["maven:3", socket]);
    let script = |job: usize, step: usize| &jobs[job]["steps"][step]["script"];
    assert_eq!(commands(script(1, 0)), [command("mvn -q package", 15, 11), command("echo done", 16, 11)]);
    assert_eq!(
        commands(script(1, 1)),
        [command("curl http://${{params.HOST}}/x", 17, 13), command("sh", 17, 44)]
    );
    assert_eq!(jobs[1]["steps"][1]["expressions"], json!([["params.HOST", {"line": 17, "column": 25}]]));
    let may_fail = |job: usize, step: usize| jobs[job]["steps"][step]["may_fail"] == true;
    assert!(!may_fail(1, 0) && may_fail(1, 2) && may_fail(3, 0));
    assert_eq!(jobs[3]["container"], json!([]));
    assert_eq!(texts(&jobs[4]["container"]), ["golang:1", "--privileged"]);
    assert_eq!(steps(&jobs[4]), ["withCredentials", "sh", "bat", "git http://example.com/x.git"]);
    assert_eq!(jobs[4]["steps"][1]["env"]["MODE"]["text"], "slow");
    assert_eq!(jobs[4]["steps"][1]["expressions"][0][0], "K");
}

#[test]
fn a_scripted_jenkinsfile_is_read_whole() {
    let it = jenkinsfile(
        r#"
def tags = foo.collect { it.name }
def build(x) { sh "make ${x}" }
node('linux') {
  checkout scm
  stage('A') {
    docker.image('node:20').inside('--privileged') {
      ['a', 'b'].each { sh "npm run " + it }
    }
    def out = sh(returnStdout: true, script: "git log").trim()
    withEnv(["P=1", 'Q=2']) { sh '#!/bin/bash -eu\nx | y' }
  }
  stage("B") {
    try { sh 'flaky' } catch (e) { echo 'never mind' }
    try { sh 'strict' } catch (e) { throw e }
    def image = docker.build('web')
    if (a / b > 1) sh 'one' else sh 'two'
    sh command
    load 'more.groovy'
    input message: 'Go?'
  }
}
"#,
    );
    assert_eq!(names(&it), ["pipeline", "A", "B"]);
    let jobs = it["jobs"].as_array().unwrap();
    assert_eq!(steps(&jobs[0]), ["sh", "checkout scm"]);
    assert_eq!(steps(&jobs[1]), ["sh", "sh", "sh"]);
    assert_eq!(texts(&jobs[1]["container"]), ["node:20", "--privileged"]);
    assert_eq!(jobs[1]["steps"][0]["expressions"][0][0], "it");
    let script = &jobs[1]["steps"][2]["script"];
    assert_eq!((script["shell"].as_str(), &script["errexit"]), (Some("bash"), &json!(true)));
    assert_eq!(jobs[1]["steps"][2]["env"]["Q"]["text"], "2");
    let of_b = ["sh", "sh", "docker.build web", "sh", "sh", "sh", "load more.groovy", "input Go?"];
    assert_eq!(steps(&jobs[2]), of_b);
    assert_eq!(jobs[2]["steps"][0]["may_fail"], true);
    assert_eq!(jobs[2]["steps"][1]["may_fail"], false);
    assert!(jobs[2]["steps"][5]["script"]["gap"].is_object());
}

#[test]
fn closures_as_last_arguments_and_methods_of_other_objects() {
    let it = jenkinsfile(
        "withEnv(['A=1'], {\n  steps.sh 'one'\n})\nvoid sh(String c) { script.sh c + 'x' }\nfoo.each({ sh \"two\" })\n",
    );
    assert_eq!(steps(&it["jobs"][0]), ["sh", "sh", "sh"]);
    assert_eq!(it["jobs"][0]["steps"][0]["env"]["A"]["text"], "1");
}

#[test]
fn groovy_that_does_not_match_is_a_gap() {
    for text in ["node { sh 'x' ", "node ( }", "sh 'x\n'", "sh '''x", "/* x", "x = \"${a", "node { } }"] {
        let it = jenkinsfile(text);
        assert!(it["jobs"]["gap"]["what"].as_str().unwrap().starts_with("Jenkinsfile:1:"), "{text}: {it}");
    }
    assert!(jenkinsfile(&"{".repeat(5000))["jobs"]["gap"].is_object());
    assert!(jenkinsfile(&"\"${".repeat(5000))["jobs"]["gap"].is_object());
}

#[test]
fn many_variables_around_many_steps_do_not_cost_their_product() {
    let env: String = (0..2000).map(|n| format!("V{n} = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxx'\n")).collect();
    let steps = "sh 'x'\n".repeat(2000);
    let text = format!("pipeline {{ environment {{\n{env}}}\nstage('x') {{ steps {{\n{steps}}} }} }}");
    let (it, world) = (jenkins(&input("Jenkinsfile", &text)), World::default());
    let see = See::new(&world);
    let steps = see.get(&see.get(&it.jobs).unwrap()[0].steps).unwrap();
    assert_eq!(steps.len(), 2000);
    assert!(see.get(&steps[0].env).is_ok_and(|env| env.len() == 2000));
    assert!(see.get(&steps[1999].env).is_err());
}

#[test]
fn more_steps_than_people_write_are_a_gap() {
    assert!(jenkinsfile(&"f(a) ".repeat(20_001))["jobs"]["gap"].is_object());
    let steps = "{uses: x},".repeat(20_001);
    assert!(
        workflow(&format!("{{on: push, jobs: {{a: {{steps: [{steps}]}}}}}}"))["jobs"][0]["steps"]["gap"]
            .is_object()
    );
}

#[test]
fn no_text_makes_it_panic() {
    let seeds = [
        "on: [push]\njobs:\n  a:\n    runs-on: ${{ matrix.os }}\n    container: {image: x, options: -v}\n    steps:\n      - run: |\n          echo ${{ x }} é\n      - {uses: a@b, with: {c: d}}\n",
        "runs: {using: composite, steps: [{run: >- , shell: bash -o pipefail}]}\n",
        "pipeline { agent { docker { image 'x' } } stages { stage('é') { steps { sh \"\"\"a ${b \"c\"} $d.e \\\n\"\"\" } } } }\n",
        "node { try { docker.image('x').inside('y') { sh(script: $/a/$ + /b/, label: 'c') } } catch (e) { } }\n",
        "@Library('x') _\npodTemplate(containers: [containerTemplate(name: 'a', image: 'b')]) { stage 'x'\n git url: 'y' }",
    ];
    let extra = [
        "'", "\"", "{", "}", "(", ")", "${{", "}}", "\n", "\\", "/", "$/", "'''", "|", ": ", "- ", "é", "&a",
        "*a", ",",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..500 {
        let mut text: Vec<char> = seeds[random(seeds.len())].chars().collect();
        for _ in 0..=random(4) {
            let at = random(text.len() + 1);
            match random(3) {
                0 => text.truncate(at),
                1 => drop(text.splice(at..at, extra[random(extra.len())].chars())),
                _ => drop(text.splice(at..(at + random(9)).min(text.len()), [])),
            }
        }
        let text: String = text.into_iter().collect();
        let (a, b) = (github(&input("f", &text)), jenkins(&input("f", &text)));
        assert!(serde_json::to_string(&(a, b)).is_ok());
    }
}

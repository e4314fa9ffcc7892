//! `--benchmark pod-security` as its users meet it.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use serde_json::Value;
use std::io::{ErrorKind, Write};
use std::process::{Command, Output, Stdio};

const PODS: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: baseline}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
      - {name: web, image: 'web:1', securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: \"a\\u001b[31mgent\", namespace: tools}
spec:
  hostPID: true
  containers:
  - name: agent
    image: agent:1
    securityContext: {privileged: '${PRIVILEGED}', capabilities: {add: [SYS_ADMIN]}}
  volumes: [{name: root, hostPath: {path: /}}]
";

fn scan(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    command.args(["scan", "-", "-q"]).args(args).env("COLUMNS", "80").env_remove("TYRIAN_POLICY");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A wrong use is refused before anything is read.
    match child.stdin.take().unwrap().write_all(input.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_person_reads_what_to_set_and_where() {
    let output = scan(&["--benchmark", "pod-security"], PODS);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output);
    assert!(said.starts_with("Pod Security Standards, latest: 2 pods in 2 namespaces\n"), "{said}");
    for line in [
        "  meets      enforces               pods  namespace",
        "  baseline   baseline (latest)          1  shop (k8s)",
        "  privileged not known                  1  tools (k8s)",
        "  baseline   Host namespaces                 1      1       0",
        "  baseline   Privileged containers           1      0       1",
        "  restricted: 75% met, 22 of 29; 1 unknown",
        "  Meets baseline, enforces baseline (latest).",
        "    Seccomp set: set securityContext.seccompProfile.type of the pod to",
        "      - deployment shop/web, container web: seccompProfile.type is not set",
        "        stdin.yaml:17:9",
        "  In the way of baseline: 1 pod",
        "  And of restricted, beyond that: 1 pod",
        "  Not seen",
    ] {
        let found = said.lines().any(|other| other.split_whitespace().eq(line.split_whitespace()));
        assert!(found, "no line {line:?} in\n{said}");
    }
    assert!(!said.contains('\u{1b}') && said.contains("tools/a\\u{1b}[31mgent"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
}

#[test]
fn a_program_reads_every_field() {
    let output = scan(&["--benchmark", "pod-security@v1.36", "-f", "json"], PODS);
    let json: Value = serde_json::from_str(&text(&output)).unwrap();
    assert_eq!((json["format"].as_u64(), json["version"].as_str()), (Some(1), Some("v1.36")));
    assert_eq!(json["benchmark"], "pod-security");
    let (shop, tools) = (&json["namespaces"][0], &json["namespaces"][1]);
    assert_eq!((&shop["meets"], &shop["enforces"]["level"]), (&"baseline".into(), &"baseline".into()));
    assert_eq!(shop["enforces"]["version"], "latest");
    let missing = &shop["pods"][0]["restricted"][0];
    assert_eq!(missing["control"], "seccompProfile_restricted");
    assert_eq!(missing["field"], "spec.template.spec.containers[0].securityContext.seccompProfile.type");
    assert_eq!((&missing["container"], &missing["value"]), (&"web".into(), &"not set".into()));
    assert!(tools["enforces"].is_null() && tools["meets"] == "privileged");
    assert_eq!(tools["pods"][0]["baseline"].as_array().unwrap().len(), 3);
    assert_eq!(tools["pods"][0]["unseen_for_baseline"].as_array().unwrap().len(), 1);
    let controls = json["controls"].as_array().unwrap();
    assert!(controls.iter().all(|control| control["set"].as_str().is_some_and(|set| !set.is_empty())));
}

#[test]
fn wrong_use_is_said_and_strict_is_strict() {
    for args in [
        &["--benchmark", "pods"][..],
        &["--benchmark", "pod-security@1.30"],
        &["--benchmark", "pod-security", "-f", "sarif"],
        &["--benchmark", "pod-security", "--fail-on", "high"],
    ] {
        let output = scan(args, PODS);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
    assert_eq!(scan(&["--benchmark", "pod-security", "--strict"], PODS).status.code(), Some(4));
    let whole = PODS.replace("'${PRIVILEGED}'", "true");
    assert_eq!(scan(&["--benchmark", "pod-security", "--strict"], &whole).status.code(), Some(0));
}

#[test]
fn what_is_met_already_and_what_is_not_there_is_said() {
    let careful = "\
apiVersion: v1
kind: Namespace
metadata: {name: careful}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: careful}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: a, image: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: hollow}
";
    let said = text(&scan(&["--benchmark", "pod-security"], careful));
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let label = "kubectl label --overwrite namespace careful pod-security.kubernetes.io/enforce=restricted";
    assert!(words.contains(label), "{said}");
    assert!(words.contains("no pods nothing 0 hollow (k8s)"), "{said}");
    let broken = careful.replace("kind: Pod\nmetadata: {name: a,", "kind: Pod\nmetadata: {name: '${A}',");
    let said = text(&scan(&["--benchmark", "pod-security"], &broken));
    assert!(said.contains("Pods that could not be read") && !said.contains("kubectl label"), "{said}");
}

//! No secret reaches whoever reads a report: no format of it, no talk, no snapshot.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::fs;
use std::process::{Command, Stdio};

#[test]
fn no_report_and_no_snapshot_has_a_secret() {
    // Made of parts, so that this file holds none.
    let token = format!("{}_{}", "sk_live", "aZ3bY4cX5dW6eV7fU8gT9hS1");
    let password = format!("{}-{}", "Tr0ub4dor", "3horse9");
    let files = [
        (
            "compose.yaml",
            "services:\n  a:\n    image: 'x:1'\n    privileged: '@T@'\n    command: [run, --token, @T@]\n    environment: {DB_PASSWORD: @P@, OTHER: '@T@'}\n    labels: {note: @T@, password: @P@}\n    logging: {driver: splunk, options: {splunk-token: '@T@'}}\n",
        ),
        (
            "Dockerfile",
            "FROM debian:12\nARG API_TOKEN=@T@\nENV PASSWORD=@P@ NOTE=@T@\nRUN curl -u me:@P@ https://x/@T@ | sh\nUSER @T@\nCMD [\"a\", \"--password\", \"@P@\"]\n",
        ),
        (
            "pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {note: @T@}}\nspec:\n  hostPID: '@T@'\n  containers:\n  - {name: a, image: 'x:1', args: [--password=@P@], env: [{name: DB_PASSWORD, value: @P@}, {name: N, value: @T@}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {db_password: @P@, note: @T@}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: @P@, note: @T@}\n",
        ),
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: {K: @T@}\n    steps:\n    - uses: a/b@v1\n      with: {password: @P@, note: @T@}\n    - run: login --password @P@ && curl -H 'Authorization: Bearer @T@' x | sh\n",
        ),
        (
            "Jenkinsfile",
            "pipeline { agent any\n environment { DB_PASSWORD = '@P@'\n K = '@T@' }\n stages { stage('a') { steps { sh 'curl -u me:@P@ x/@T@ | sh' } } } }\n",
        ),
        ("main.tf", "resource \"aws_db_instance\" \"a\" {\n  password = \"@P@\"\n  note = \"@T@\"\n}\n"),
        ("run.sh", "#!/bin/sh\nexport DB_PASSWORD=@P@\ncurl -u me:@P@ https://x/@T@ | sh\n"),
        (".env", "DB_PASSWORD=@P@\nKEY=@T@\n"),
        ("app.log", "2026-01-01T00:00:00Z login password=@P@ token=@T@\n"),
        (
            "docker/daemon.json",
            "{\"log-driver\": \"splunk\", \"log-opts\": {\"splunk-token\": \"@T@\"}, \"icc\": \"@T@\"}\n",
        ),
    ];
    let dir = std::env::temp_dir().join(format!("tyrian-no-secrets-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    for (file, text) in files {
        let path = dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("@T@", &token).replace("@P@", &password)).unwrap();
    }
    let mut seen = 0;
    for args in [
        &["scan", ".", "--all"][..],
        &["scan", ".", "-f", "json"],
        &["scan", ".", "-f", "sarif"],
        &["scan", ".", "-f", "html"],
        &["gate", "."],
        &["facts", "collect", "."],
        &["facts", "collect", ".", "-o", "facts.json"],
        &["facts", "show", "facts.json"],
        &["matrix", "."],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tyrian"));
        command.args(args).current_dir(&dir).stdin(Stdio::null()).env_remove("TYRIAN_POLICY");
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        for secret in [&token, &password] {
            let at = text.find(secret.as_str());
            let before: String = text[..at.unwrap_or(0)].chars().rev().take(200).collect();
            assert_eq!(at, None, "{args:?}: {}", before.chars().rev().collect::<String>());
        }
        seen += usize::from(text.contains("secret-in-"));
    }
    assert!(seen >= 4, "the secrets were found, and their values kept back");
    fs::remove_dir_all(&dir).unwrap();
}

//! What the tests over real things share: the program is run as a user runs it, and its report is read.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Severity;
use tyrian_report::Report;

/// The program, where no setting of the user's comes in.
pub(crate) fn tyrian() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    command.env_remove("DOCKER_HOST").env_remove("TYRIAN_POLICY").current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    command
}

/// What the program writes with these arguments.
pub(crate) fn output(arguments: &[&str]) -> Vec<u8> {
    let output = tyrian().args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "tyrian {arguments:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The report of a scan.
pub(crate) fn scan(arguments: &[&str]) -> Report {
    let all: Vec<&str> = ["scan", "--quiet", "--format", "json"].iter().chain(arguments).copied().collect();
    serde_json::from_slice(&output(&all)).unwrap()
}

/// The report of a tree.
pub(crate) fn scan_tree(root: &Path) -> Report {
    scan(&[root.to_str().unwrap()])
}

/// `unix://` and the socket.
pub(crate) fn endpoint(engine: &tyrian_lab::Docker) -> String {
    format!("unix://{}", engine.socket.display())
}

/// What the docker client says, without the line's end.
pub(crate) fn docker(engine: &tyrian_lab::Docker, arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .env("DOCKER_HOST", endpoint(engine))
        .env_remove("DOCKER_CONTEXT")
        .output()
        .unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The checks that found something in subjects whose id ends so.
pub(crate) fn checks_of<'r>(report: &'r Report, subject: &str) -> BTreeSet<&'r str> {
    let of = report.findings.iter().filter(|finding| finding.subject.ends_with(subject));
    of.map(|finding| finding.check.as_str()).collect()
}

/// Findings at medium or above, one line each.
pub(crate) fn grave<'r>(findings: impl IntoIterator<Item = &'r Finding>) -> Vec<String> {
    findings.into_iter().filter(|finding| finding.severity >= Severity::Medium).map(line).collect()
}

/// A finding as one line.
pub(crate) fn line(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or(String::new(), |place| {
        format!(" {}:{}", place.file, place.line.map_or(String::new(), |line| line.to_string()))
    });
    format!("{:?} {} {}{place}: {}", finding.severity, finding.check, finding.subject, finding.what)
}

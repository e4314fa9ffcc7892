use crate::checks::prelude::*;
use crate::steps;

check! {
    /// No pipeline looks for faults in the source code.
    ///
    /// ## What it checks
    /// Pipelines and hooks before a commit for a tool of static analysis that looks for security faults
    /// (CodeQL, Semgrep, Bandit, gosec, SonarQube, Brakeman and others), by the name of the action, the command
    /// or the hook. What runs elsewhere (an app of the forge, a service) is not seen here.
    /// ## Why it matters
    /// Injection, missing checks of input and unsafe calls are found in seconds by a tool and in months by
    /// people.
    /// ## Fix
    /// Add a step that runs such a tool for the languages of the repository and fails the build on what it
    /// finds.
    "no-static-analysis",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["static-analysis"],
    ids: &["attack:T1190"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: make test
"#), (".gitignore", r#"/target
"#)]),
    ],
    good: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: github/codeql-action/init@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: github/codeql-action/analyze@11bd71901bbe5b1630ceea73d27597364c9af683
"#), (".gitignore", r#"/target
"#)]),
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: python3 -m bandit -r src
"#), (".gitignore", r#"/target
"#)]),
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent any
 stages { stage('Scan') { steps { sh 'semgrep scan --error .' } } } }"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    steps::wanted(
        see,
        it,
        steps::STATIC,
        &["sonar-project.properties", ".semgrep.yml", ".semgrep.yaml", "codeql-config.yml", ".brakeman.yml"],
        "no pipeline and no hook runs a tool of static analysis",
    )
}

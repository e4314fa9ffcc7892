use crate::checks::prelude::*;
use crate::steps;

check! {
    /// No pipeline compares the libraries with known vulnerabilities.
    ///
    /// ## What it checks
    /// Repositories that declare dependencies: a scanner of libraries in a pipeline (Trivy, Grype, OSV-Scanner,
    /// pip-audit, npm audit, cargo-deny, govulncheck and others), or Dependabot or Renovate set up. Alerts that
    /// are switched on in the forge alone are not seen here.
    /// ## Why it matters
    /// Most of what is shipped is others' code, and its known holes are what is tried first.
    /// ## Fix
    /// Run a scanner of libraries in the pipeline and let it fail the build; let a bot propose updates.
    "no-composition-analysis",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["composition-analysis"],
    ids: &["attack:T1195.001", "nist:3.1.1"],
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
"#), ("requirements.txt", r#"flask==3.0.0
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
      - run: pip-audit -r requirements.txt
"#), (".gitignore", r#"/target
"#), ("requirements.txt", r#"flask==3.0.0
"#)]),
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
"#), ("requirements.txt", r#"flask==3.0.0
"#), (".github/dependabot.yml", r#"version: 2
updates: []
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if see.get(&it.dependencies)?.is_empty() {
        return not_applicable();
    }
    steps::wanted(
        see,
        it,
        steps::COMPOSITION,
        &[
            "dependabot.yml",
            "dependabot.yaml",
            "renovate.json",
            "renovate.json5",
            ".renovaterc",
            ".renovaterc.json",
            "osv-scanner.toml",
            "deny.toml",
            ".snyk",
            ".grype.yaml",
            "trivy.yaml",
        ],
        "no pipeline compares the libraries with known vulnerabilities",
    )
}

use crate::checks::prelude::*;
use crate::steps;

check! {
    /// Nothing looks for secrets before a commit or in a pipeline.
    ///
    /// ## What it checks
    /// Hooks before a commit and pipelines for a tool that looks for secrets (gitleaks, TruffleHog, detect-
    /// secrets, ggshield and others). The push protection of a forge is not seen here.
    /// ## Why it matters
    /// A credential that was pushed once must be taken for stolen: it stays in the history and in every clone.
    /// ## Fix
    /// Add such a hook to `.pre-commit-config.yaml`, and the same tool to the pipeline, for hooks can be
    /// skipped.
    "no-secret-scan",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
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
      - uses: gitleaks/gitleaks-action@11bd71901bbe5b1630ceea73d27597364c9af683
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
      - run: make test
"#), (".gitignore", r#"/target
"#), (".pre-commit-config.yaml", r#"repos:
  - repo: https://github.com/gitleaks/gitleaks
    rev: v8.18.0
    hooks: [{id: gitleaks}]
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    steps::wanted(
        see,
        it,
        steps::SECRETS,
        &[
            ".gitleaks.toml",
            ".gitleaksignore",
            ".secrets.baseline",
            ".talismanrc",
            ".trufflehog.yml",
            ".git-secrets",
        ],
        "nothing looks for secrets before a commit or in a pipeline",
    )
}

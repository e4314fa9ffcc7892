use crate::checks::prelude::*;
use crate::steps;

check! {
    /// No pipeline attacks a running test system.
    ///
    /// ## What it checks
    /// Repositories that build images or describe workloads: a tool that attacks what runs (ZAP, Nuclei, Nikto,
    /// Schemathesis, StackHawk and others), by the name of the action, the shared step or the command.
    /// ## Why it matters
    /// What only shows when all parts run together, such as a missing header or an open route, no reader of
    /// source code finds.
    /// ## Fix
    /// Start the system in the pipeline, let such a tool at it, and fail the build on what it finds.
    "no-dynamic-testing",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["dynamic-testing"],
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
"#), ("Dockerfile", r#"FROM scratch
EXPOSE 80
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
      - uses: zaproxy/action-baseline@11bd71901bbe5b1630ceea73d27597364c9af683
"#), (".gitignore", r#"/target
"#), ("Dockerfile", r#"FROM scratch
EXPOSE 80
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if see.all(&see.world.dockerfiles)?.is_empty() {
        return not_applicable();
    }
    steps::wanted(see, it, steps::DYNAMIC, &[], "no pipeline attacks a running test system")
}

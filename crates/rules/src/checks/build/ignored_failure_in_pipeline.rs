use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A pipeline goes on when a test, a scan or a deployment has failed.
    ///
    /// ## What it checks
    /// The scripts of steps, in GitHub workflows and Jenkinsfiles: `|| true` and the like behind tests,
    /// scanners, builds of images, pushes and deployments; `set +e` before them.
    /// ## Why it matters
    /// What failed is shipped all the same, and the pipeline is green.
    /// ## Fix
    /// Drop the `|| true`; where a failure is expected, say which (`if ! …; then`).
    "ignored-failure-in-pipeline",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["fail-unhealthy-builds", "stage-gate", "lint-scripts"],
    ids: &["nist:4.1.1"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: |
          python -m unittest || true
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
      - run: |
          set +e
          docker build -t web .
          docker push web
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
      - run: |
          python -m unittest
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
      - run: |
          rm -f x || true
          docker rm -f web || true
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
      - run: |
          set +e
          make x
          set -e
          docker push web
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| match see.get(&step.script)? {
            Some(script) => faults(faulty::ignored_failures(script, see.get(&script.pipelines)?)),
            None => not_applicable(),
        })
    })
}

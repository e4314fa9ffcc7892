use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A pipeline of commands hides that its first part has failed.
    ///
    /// ## What it checks
    /// The scripts of steps, in GitHub workflows and Jenkinsfiles: tests, builds, scanners, dumps and downloads
    /// piped into another command, in scripts without `pipefail`. Only the last command counts for the shell.
    /// ## Why it matters
    /// A failed test that is piped into `tee` passes, a failed dump makes an empty backup.
    /// ## Fix
    /// Write `set -o pipefail` at the top; in GitHub workflows `shell: bash` does it.
    "lost-failure-in-pipeline",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["lint-scripts", "fail-unhealthy-builds"],
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
          set -e
          pytest | tee test.log
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
          pg_dump shop | gzip > shop.sql.gz
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
          set -eo pipefail
          pytest | tee test.log
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
          if pytest | grep -q passed; then true; fi
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
          ps aux | grep x
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| match see.get(&step.script)? {
            Some(script) => faults(faulty::lost_failures(script, see.get(&script.pipelines)?)),
            None => not_applicable(),
        })
    })
}

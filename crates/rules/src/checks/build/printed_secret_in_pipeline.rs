use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A pipeline prints a secret.
    ///
    /// ## What it checks
    /// The scripts of steps, in GitHub workflows and Jenkinsfiles: `echo`, `printf` and `print` of a variable
    /// or expression whose name says that it is a password, token or key, to the terminal and so to the log.
    /// ## Why it matters
    /// Logs are kept longer and read by more people than secrets; masking by the CI system misses what was
    /// encoded or cut.
    /// ## Fix
    /// Do not print it. Tell whether it is set by `${TOKEN:+set}`.
    "printed-secret-in-pipeline",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit", "protect-build-environment"],
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
      - run: |
          echo "token $DEPLOY_TOKEN"
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
          printf "%s\n" "$DB_PASSWORD"
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
          echo "$DEPLOY_TOKEN" | docker login --password-stdin
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
          echo "${DEPLOY_TOKEN:+is set}"
          echo "$DB_PASSWORD" > file
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
          echo "::add-mask::$TOKEN"
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| match see.get(&step.script)? {
            Some(script) => faults(faulty::printed_secrets(script, see.get(&script.pipelines)?)),
            None => not_applicable(),
        })
    })
}

use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A password stands on a command line in a pipeline.
    ///
    /// ## What it checks
    /// The scripts of steps, in GitHub workflows and Jenkinsfiles: `login` of docker, podman, helm and others
    /// with the password as an argument.
    /// ## Why it matters
    /// Every process of the machine can read command lines, and shells and logs keep them.
    /// ## Fix
    /// Pass it by standard input: `… login --password-stdin < file`.
    "login-argument-in-pipeline",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["protect-build-environment", "scan-before-commit"],
    ids: &["attack:T1552.001"],
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
          docker login -u deploy -p $REGISTRY_PASSWORD registry.example
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
          docker login -u deploy --password-stdin registry.example < password
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| match see.get(&step.script)? {
            Some(script) => faults(faulty::login_arguments(script, see.get(&script.pipelines)?)),
            None => not_applicable(),
        })
    })
}

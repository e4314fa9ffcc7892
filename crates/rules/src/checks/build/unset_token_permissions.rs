use crate::checks::prelude::*;
use tyrian_model::pipeline::System;

check! {
    /// A workflow leaves the rights of its token to the repository's settings.
    ///
    /// ## What it checks
    /// Workflows without `permissions` and with a job that has none of its own. Reusable workflows have those
    /// of their caller.
    /// ## Why it matters
    /// Where the settings give write access, as older repositories do, every action and script may push code.
    /// ## Fix
    /// Set `permissions: {contents: read}` for the workflow and more for the jobs that need it.
    "unset-token-permissions",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["least-privilege-code"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]

jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
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
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let triggers = see.get(&it.triggers)?;
    if it.system != System::Github
        || triggers.is_empty()
        || triggers.len() == 1 && triggers.contains("workflow_call")
    {
        return not_applicable();
    }
    if see.get(&it.permissions)?.is_some() {
        return pass();
    }
    for job in see.get(&it.jobs)? {
        if see.get(&job.permissions)?.is_none() {
            return fail(Some(job.at.clone()), "leaves the rights of its token to the repository's settings");
        }
    }
    pass()
}

use crate::checks::prelude::*;
use tyrian_model::pipeline::System;

check! {
    /// A workflow's token may do everything.
    ///
    /// ## What it checks
    /// `permissions: write-all`, for the workflow or a job.
    /// ## Why it matters
    /// Any action or script of the job can push code, publish packages and change releases.
    /// ## Fix
    /// Set `permissions: {}` for the workflow and give each job what it needs.
    "excess-token-permissions",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["least-privilege-code", "least-privilege-deploy", "protect-build-environment"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: write-all
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
    if it.system != System::Github {
        return not_applicable();
    }
    let all = |scopes: &Option<std::collections::BTreeMap<String, String>>| {
        scopes.as_ref().and_then(|scopes| scopes.get("*")).is_some_and(|access| access == "write")
    };
    let jobs = see.get(&it.jobs)?;
    let mut found = Vec::new();
    if all(see.get(&it.permissions)?) {
        found.push(Fault { what: "gives its token every permission".into(), at: it.permissions.pos() });
    }
    for job in jobs {
        if all(see.get(&job.permissions)?) {
            found.push(Fault {
                what: "gives the token of a job every permission".into(),
                at: job.permissions.pos(),
            });
        }
    }
    faults(found)
}

use crate::checks::prelude::*;
use crate::steps;

check! {
    /// What the pipelines publish is hashed nowhere.
    ///
    /// ## What it checks
    /// Repositories whose pipelines push images or publish packages: a step that hashes what was made or checks
    /// a hash (`sha256sum`, attestations, SLSA generators and others).
    /// ## Why it matters
    /// What was tested and what is deployed are the same only if somebody compares them.
    /// ## Fix
    /// Write the hashes when the artifact is made (`sha256sum … > SHA256SUMS`) and check them at each later
    /// stage (`sha256sum --check`); refer to images by digest.
    "unhashed-artifacts",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["hash-artifacts"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: docker push shop/web:1.2
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
      - run: sha256sum --check SHA256SUMS
      - run: docker push shop/web:1.2
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if !steps::world_uses(see, steps::PUBLISHING)? {
        return not_applicable();
    }
    steps::wanted(see, it, steps::HASHING, &[], "publishes what it hashes nowhere")
}

use crate::checks::prelude::*;
use crate::steps;

check! {
    /// What the pipelines publish is neither signed nor attested.
    ///
    /// ## What it checks
    /// Repositories whose pipelines push images or publish packages: a step that signs or attests (cosign,
    /// Notation, attestations of GitHub, SLSA generators, trusted publishing and others).
    /// ## Why it matters
    /// Without a signature nobody can tell what this pipeline has made from what somebody else has put in its
    /// place.
    /// ## Fix
    /// Sign each image by its digest after the tests have passed (`cosign sign`), attest its provenance and
    /// bill of materials, and check both before it runs.
    "unsigned-artifacts",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["sign-each-phase", "sign-own-images", "validate-container", "content-trust"],
    ids: &["attack:T1195.002", "nist:3.1.5"],
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
      - run: docker push shop/web:1.2
      - run: cosign sign --yes "shop/web@$DIGEST"
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if !steps::world_uses(see, steps::PUBLISHING)? {
        return not_applicable();
    }
    steps::wanted(see, it, steps::SIGNING, &[], "publishes what it neither signs nor attests")
}

use crate::checks::prelude::*;
use crate::steps;

check! {
    /// Images are pushed that no pipeline has scanned.
    ///
    /// ## What it checks
    /// Repositories whose pipelines push images: a scanner of images in one of the pipelines (Trivy, Grype,
    /// Docker Scout, Snyk and others). A scan that the registry makes is not seen here.
    /// ## Why it matters
    /// An image with a known hole runs until somebody looks, and nothing has made anybody look.
    /// ## Fix
    /// Scan the image after it is built and before it is pushed, and fail the build on what can be mended.
    "no-image-scan",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["fail-vulnerable-images"],
    ids: &["nist:3.1.1"],
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
      - run: trivy image --exit-code 1 shop/web:1.2
      - run: docker push shop/web:1.2
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if !steps::world_uses(see, steps::PUSHING)? {
        return not_applicable();
    }
    steps::wanted(
        see,
        it,
        steps::IMAGES,
        &[".trivyignore", "trivy.yaml", ".grype.yaml"],
        "pushes images that no pipeline scans",
    )
}

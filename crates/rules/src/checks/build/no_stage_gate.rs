use crate::checks::prelude::*;
use crate::steps;

check! {
    /// A pipeline publishes without a step that may reject the build.
    ///
    /// ## What it checks
    /// Pipelines that push images, publish packages or deploy: a security test or a gate in the same pipeline
    /// (`tyrian gate`, Conftest, a quality gate, an approval, a scanner).
    /// ## Why it matters
    /// A scan in another pipeline reports; it does not hold back what this one ships.
    /// ## Fix
    /// Let publishing depend on a step that fails on critical issues, in the same pipeline.
    "no-stage-gate",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["stage-gate"],
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
      - run: tyrian gate scan.json
      - run: docker push shop/web:1.2
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    if !steps::uses_any(see, it, steps::PUBLISHING)? {
        return not_applicable();
    }
    for names in [steps::GATES, steps::IMAGES, steps::COMPOSITION, steps::STATIC, steps::DYNAMIC] {
        if steps::uses_any(see, it, names)? {
            return pass();
        }
    }
    fail(None, "publishes, and has no security test that can say no")
}

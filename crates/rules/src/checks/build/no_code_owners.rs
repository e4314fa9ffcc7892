use crate::checks::prelude::*;

check! {
    /// No file says who must review which code.
    ///
    /// ## What it checks
    /// Repositories with pipelines: a `CODEOWNERS` file (or `OWNERS`). Whether the branch is protected only the
    /// forge knows.
    /// ## Why it matters
    /// Where nobody is named for the pipelines and manifests, any reviewer will do, and a change of the build
    /// is waved through.
    /// ## Fix
    /// Add `CODEOWNERS` with owners for everything (`*`), and of its own for the pipelines; have the forge ask
    /// for their review.
    "no-code-owners",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["govern-merges", "least-privilege-code"],
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
      - run: make test
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
      - run: make test
"#), (".gitignore", r#"/target
"#), ("CODEOWNERS", r#"* @shop/team
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if see.all(&see.world.pipelines)?.is_empty() {
        return not_applicable();
    }
    let owned = |path: &String| matches!(path.rsplit('/').next(), Some("CODEOWNERS" | "OWNERS"));
    if see.get(&it.landmarks)?.iter().any(owned) { pass() } else { fail(None, "has no CODEOWNERS") }
}

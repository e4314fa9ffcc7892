use crate::checks::prelude::*;
use crate::{faulty, steps};

check! {
    /// No unit test tries known attacks.
    ///
    /// ## What it checks
    /// Repositories that build images: tests whose names speak of attacks (security, injection, XSS, CSRF,
    /// traversal, fuzzing), as files or in the commands of the pipelines.
    /// ## Why it matters
    /// A hole that was mended and has no test comes back.
    /// ## Fix
    /// Write known attacks against each module that takes input as unit tests (`tests/test_attacks.py`) and run
    /// them in the pipeline.
    "no-attack-tests",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["security-unit-tests"],
    ids: &["attack:T1190"],
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
"#), ("Dockerfile", r#"FROM scratch
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
"#), ("Dockerfile", r#"FROM scratch
"#), ("tests/test_attacks.py", r#"def test_sql(): assert refused("1 or 1=1")
"#)]),
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: pytest tests/security
"#), (".gitignore", r#"/target
"#), ("Dockerfile", r#"FROM scratch
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if see.all(&see.world.pipelines)?.is_empty() || see.all(&see.world.dockerfiles)?.is_empty() {
        return not_applicable();
    }
    const MARKS: &[&str] = &[
        "attack",
        "attacks",
        "security",
        "injection",
        "xss",
        "csrf",
        "traversal",
        "fuzz",
        "fuzz_targets",
        "sanitize",
    ];
    let named = |path: &String| MARKS.iter().any(|mark| steps::has_word(&path.replace('_', "-"), mark));
    if see.get(&it.landmarks)?.iter().any(|path| !path.eq_ignore_ascii_case("security.md") && named(path)) {
        return pass();
    }
    let tests = see.any(&see.world.pipelines, |see, pipeline| {
        for job in see.get(&pipeline.jobs)? {
            for step in see.get(&job.steps)? {
                let mut commands = steps::pipes(see, step)?.iter().flat_map(|pipe| &pipe.commands);
                if commands.any(|c| steps::runs(c, faulty::TESTS) && steps::runs(c, MARKS)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    })?;
    if tests.is_some() { pass() } else { fail(None, "has no tests of known attacks") }
}

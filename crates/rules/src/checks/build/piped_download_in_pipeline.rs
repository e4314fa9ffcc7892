use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A pipeline runs what it downloads, whatever it is.
    ///
    /// ## What it checks
    /// The scripts of steps, in GitHub workflows and Jenkinsfiles: `curl` or `wget` piped into a shell or
    /// interpreter, or put into `sh -c`.
    /// ## Why it matters
    /// Who controls the server, the name or the connection for a moment runs code with everything that the
    /// script may do, and nothing is left to look at.
    /// ## Fix
    /// Download to a file, compare its hash or signature with a known one, then run it; better, install a
    /// package of a fixed version.
    "piped-download-in-pipeline",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["safe-libraries", "hash-artifacts"],
    ids: &["attack:T1195.002", "attack:T1059.004"],
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
          curl -sSL https://get.tools.example/install.sh | sudo bash
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
          sh -c "$(curl -fsSL https://get.tools.example/install.sh)"
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
          curl -fsSLo x.sh https://get.tools.example/x.sh
          sha256sum --check x.sha256
          sh x.sh
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
          curl -s https://api.tools.example/version | jq .tag
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| match see.get(&step.script)? {
            Some(script) => faults(faulty::piped_downloads(script, see.get(&script.pipelines)?)),
            None => not_applicable(),
        })
    })
}

use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A pipeline does not check who it talks to.
    ///
    /// ## What it checks
    /// The scripts of steps, in GitHub workflows and Jenkinsfiles: switches that turn off the check of
    /// certificates, host keys or signatures: `curl -k`, `wget --no-check-certificate`,
    /// `StrictHostKeyChecking=no`, `--insecure-skip-tls-verify`, `--allow-unauthenticated`, `--nogpgcheck`,
    /// `DOCKER_CONTENT_TRUST=0`. Connections to the machine itself, and to addresses that a variable holds, are
    /// left out.
    /// ## Why it matters
    /// Whoever sits in the network gives another file, image or host, and takes the credentials that are sent
    /// to it.
    /// ## Fix
    /// Install the certificate authority or the host key, and drop the switch.
    "unverified-connection-in-pipeline",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["content-trust", "hash-artifacts", "lint-scripts"],
    ids: &["attack:T1557", "attack:T1195.002"],
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
          curl -k https://releases.tools.example/kubectl -o kubectl
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
          ssh -o StrictHostKeyChecking=no root@backup.example ls
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
          apt-get install --allow-unauthenticated tool
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
          curl -k https://localhost:8443/health
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
          curl -fsS https://releases.tools.example/kubectl -o kubectl
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
          curl -k "https://$IP/health"
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| match see.get(&step.script)? {
            Some(script) => faults(faulty::unverified(script, see.get(&script.pipelines)?)),
            None => not_applicable(),
        })
    })
}

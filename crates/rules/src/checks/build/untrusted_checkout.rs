use crate::checks::prelude::*;
use crate::steps;
use tyrian_model::pipeline::System;

check! {
    /// A privileged workflow runs the code of a stranger's pull request.
    ///
    /// ## What it checks
    /// Workflows started by `pull_request_target`, `workflow_run` or `issue_comment` that check out the head of
    /// a pull request and then run a script or an action of the tree.
    /// ## Why it matters
    /// These events run with the repository's secrets and a token that can write, and the code is whoever's
    /// opened the pull request.
    /// ## Fix
    /// Use `pull_request`, which has neither, and hand results to a second workflow as data; never check out
    /// the head in a privileged one.
    "untrusted-checkout",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["protect-build-environment", "govern-merges"],
    ids: &["attack:T1677"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [pull_request_target]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: npm ci && npm test
"#)]),
    ],
    good: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [pull_request]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: npm ci && npm test
"#)]),
        Example::Tree(&[(".github/workflows/commits.yml", r#"
on:
  pull_request: {}
  workflow_run: {workflows: [Clean], types: [completed]}
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: make
"#)]),
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [pull_request_target]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: npm ci && npm test
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let triggers = see.get(&it.triggers)?;
    if !["pull_request_target", "workflow_run", "issue_comment"].iter().any(|name| triggers.contains(*name)) {
        return if it.system == System::Github { pass() } else { not_applicable() };
    }
    const HEADS: &[&str] = &[
        "head.sha",
        "head.ref",
        "head_ref",
        "refs/pull/",
        "head_sha",
        "head_branch",
        "head_commit",
        "merge_commit_sha",
    ];
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        let mut checked_out = None;
        for step in see.get(&job.steps)? {
            let uses = see.get(&step.uses)?.as_ref().map_or("", |uses| uses.text.as_str());
            if uses.starts_with("actions/checkout@") {
                let with = see.get(&step.with)?;
                let reference =
                    with.get("ref").filter(|v| HEADS.iter().any(|head| v.text.contains(head))).filter(|v| {
                        // Only an event of a pull request has one; for the others the expression is empty.
                        v.text.matches("github.event.").count()
                            != v.text.matches("github.event.pull_request.").count()
                            || !v.text.contains("github.event.pull_request.")
                            || triggers.contains("pull_request_target")
                    });
                if let Some(reference) = reference {
                    checked_out = Some(reference.at.clone().unwrap_or_else(|| step.at.clone()));
                }
                continue;
            }
            let runs = uses.starts_with("./")
                || steps::pipes(see, step)?.iter().flat_map(|pipe| &pipe.commands).any(|c| {
                    !matches!(
                        c.program(),
                        "" | "echo" | "printf" | "git" | "gh" | "true" | "exit" | "cat" | "test" | "["
                    )
                });
            if let (true, Some(at)) = (runs, &checked_out) {
                return fail(
                    Some(at.clone()),
                    "checks out a pull request's head with the repository's rights, and runs it",
                );
            }
        }
        pass()
    })
}

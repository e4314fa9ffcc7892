use crate::checks::prelude::*;
use tyrian_model::pipeline::System;

check! {
    /// An action of somebody else is not fixed to a commit.
    ///
    /// ## What it checks
    /// `uses` of everybody but `actions` and `github`, in steps and as reusable workflows: a tag or a branch
    /// instead of a full commit, or a `docker://` image without digest. Actions of the repository itself
    /// (`./…`) are what is checked out.
    /// ## Why it matters
    /// A tag moves. Whoever takes over the action's repository moves it to code that runs in this pipeline,
    /// with its token and secrets.
    /// ## Fix
    /// Write the full commit, with the version as a comment: `uses: owner/action@<40 hex digits> # v1.2.3`; a
    /// bot can keep both current.
    "unpinned-action",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["safe-libraries", "protect-build-environment"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/login-action@v4
"#), (".gitignore", r#"/target
"#)]),
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker://alpine:3.20
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
      - uses: docker/login-action@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: ./.github/actions/build
"#), (".gitignore", r#"/target
"#)]),
        Example::Tree(&[(".github/workflows/release.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/login-action@11bd71901bbe5b1630ceea73d27597364c9af683
  provenance:
    permissions: {id-token: write}
    uses: slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v2.1.0
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    if it.system != System::Github {
        return not_applicable();
    }
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        let called = see.get(&job.uses)?.iter().map(|uses| Ok(Some(uses)));
        let steps = see.get(&job.steps)?.iter().map(|step| see.get(&step.uses).map(Option::as_ref));
        let parts: Vec<_> = called.chain(steps).collect();
        each(see, parts, |_, uses| {
            let Some(uses) = uses? else { return not_applicable() };
            let text = uses.text.as_str();
            let own = text.starts_with("actions/") || text.starts_with("github/");
            if text.starts_with('.') || own {
                return not_applicable();
            }
            let (path, version) = text.rsplit_once('@').unwrap_or((text, ""));
            // It proves who built by its own tag, and refuses to run from a commit.
            if path.starts_with("slsa-framework/slsa-github-generator/.github/workflows/")
                && version.strip_prefix('v').is_some_and(|number| number.split('.').count() == 3)
            {
                return not_applicable();
            }
            let commit = version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit());
            if commit || version.starts_with("sha256:") {
                return pass();
            }
            fail(uses.at.clone(), format!("runs {text}, which can change"))
        })
    })
}

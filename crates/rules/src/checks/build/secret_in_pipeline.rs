use crate::checks::prelude::*;

check! {
    /// A pipeline has a secret by value.
    ///
    /// ## What it checks
    /// Values of `env` and `with` in workflows, and of `environment` in Jenkinsfiles, that look like a
    /// credential.
    /// ## Why it matters
    /// Who may read the repository, or one of its clones, has it.
    /// ## Fix
    /// Move it into the secret store of the CI system, and change it, for the history keeps it.
    "secret-in-pipeline",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit", "protect-build-environment"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: make deploy
        env:
          REGISTRY_PASSWORD: Hunter2-registry
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
      - run: make deploy
        env:
          REGISTRY_PASSWORD: ${{ secrets.REGISTRY_PASSWORD }}
"#)]),
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./.github/actions/helm-default
        with:
          image-pull-secret: "shop-registry"
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for job in jobs {
        for step in see.get(&job.steps)? {
            for (name, value) in see.get(&step.env)?.iter().chain(see.get(&step.with)?) {
                // `secrets` or `repo_secrets` of an action that fetches them lists their paths.
                if !name.ends_with("secrets")
                    && !value.secrets.is_empty()
                    && seen.insert((name, value.at.clone()))
                {
                    found.push(Fault {
                        what: format!("has the value of {name} in its text"),
                        at: value.at.clone(),
                    });
                }
            }
        }
    }
    faults(found)
}

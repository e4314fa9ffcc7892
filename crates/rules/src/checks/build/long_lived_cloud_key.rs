use crate::checks::prelude::*;

check! {
    /// A pipeline logs in to the cloud with a key that does not expire.
    ///
    /// ## What it checks
    /// `aws-actions/configure-aws-credentials` with an access key, `google-github-actions/auth` with
    /// `credentials_json`, `azure/login` with `creds`.
    /// ## Why it matters
    /// A key that leaks from one run opens the account until somebody notices and changes it.
    /// ## Fix
    /// Trust the pipeline's identity (OIDC): `role-to-assume`, `workload_identity_provider`, or `client-id`
    /// with federated credentials; give the role what deployment needs.
    "long-lived-cloud-key",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-privilege-deploy"],
    ids: &["attack:T1078.004", "attack:T1552.001"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: aws-actions/configure-aws-credentials@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {aws-access-key-id: "${{ secrets.AWS_KEY }}", aws-region: eu-central-1}
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
      - uses: aws-actions/configure-aws-credentials@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {role-to-assume: "arn:aws:iam::1:role/deploy", aws-region: eu-central-1}
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| {
            let Some(uses) = see.get(&step.uses)? else { return not_applicable() };
            let key = match uses.text.split('@').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "aws-actions/configure-aws-credentials" => "aws-access-key-id",
                "google-github-actions/auth" => "credentials_json",
                "azure/login" => "creds",
                _ => return not_applicable(),
            };
            match see.get(&step.with)?.get(key) {
                // What a step before it has been given by a role is short-lived.
                Some(value) if !value.text.contains("steps.") => {
                    fail(value.at.clone(), format!("logs in to the cloud with {key}, which does not expire"))
                }
                _ => pass(),
            }
        })
    })
}

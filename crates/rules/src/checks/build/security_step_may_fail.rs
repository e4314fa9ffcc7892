use crate::checks::prelude::*;
use crate::{faulty, steps};

check! {
    /// The failure of a security step or of the tests does not fail the build.
    ///
    /// ## What it checks
    /// Steps and jobs that run tests or security tools under `continue-on-error`, `catchError` and the like.
    /// ## Why it matters
    /// A finding that stops nothing is a report that nobody reads.
    /// ## Fix
    /// Drop `continue-on-error`; accept single findings by waivers with an owner and an end.
    "security-step-may-fail",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["fail-unhealthy-builds", "stage-gate"],
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
      - run: trivy image shop/web
        continue-on-error: true
"#), (".gitignore", r#"/target
"#)]),
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent any
 stages { stage('T') { steps { catchError { sh 'pytest' } } } } }"#)]),
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
      - run: trivy image --exit-code 1 shop/web
      - uses: codecov/codecov-action@11bd71901bbe5b1630ceea73d27597364c9af683
        continue-on-error: true
"#), (".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| {
            let mut matters = false;
            for names in [
                steps::STATIC,
                steps::COMPOSITION,
                steps::IMAGES,
                steps::SECRETS,
                steps::DYNAMIC,
                steps::GATES,
                faulty::TESTS,
            ] {
                matters |= steps::uses(see, step, names)?;
            }
            if !matters {
                return not_applicable();
            }
            // A job that is tried out on another platform or version says so in an expression, which is a gap.
            if *see.get(&step.may_fail)? || *see.get(&job.may_fail)? {
                return fail(Some(step.at.clone()), "goes on when a test or a security step fails");
            }
            pass()
        })
    })
}

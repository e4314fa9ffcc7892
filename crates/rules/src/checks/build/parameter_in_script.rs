use crate::checks::prelude::*;

check! {
    /// Groovy puts a build's parameter into a script before a shell reads it.
    ///
    /// ## What it checks
    /// `${params.X}` in the double-quoted scripts of Jenkinsfiles.
    /// ## Why it matters
    /// Who may start the build may run any command on its agent.
    /// ## Fix
    /// Use single quotes, so that the shell reads the variable: `sh 'git checkout "$BRANCH"'`.
    "parameter-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["lint-scripts", "protect-build-environment"],
    ids: &["attack:T1059.004"],
    bad: &[
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent any
 stages { stage("x") { steps { sh "git checkout ${params.BRANCH}" } } } }"#)]),
    ],
    good: &[
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent any
 stages { stage("x") { steps { sh 'git checkout "$BRANCH"' } } } }"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| {
            let of_user = |e: &&(String, Pos)| e.0.replace(' ', "").starts_with("params.");
            let found = see.get(&step.expressions)?.iter().filter(of_user);
            faults(
                found
                    .map(|(e, at)| Fault {
                        what: format!("puts {e} into a script's text"),
                        at: Some(at.clone()),
                    })
                    .collect(),
            )
        })
    })
}

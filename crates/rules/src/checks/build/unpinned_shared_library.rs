use crate::checks::prelude::*;

check! {
    /// A shared library of the pipeline follows a branch.
    ///
    /// ## What it checks
    /// `@Library` and `library` of Jenkinsfiles without a version, or with one that is neither a commit nor a
    /// version number.
    /// ## Why it matters
    /// Who can push to the library's branch runs code in every pipeline that uses it, with their credentials.
    /// ## Fix
    /// Name a commit: `@Library('ci@4f2c9d0…')`, or a tag that cannot be moved.
    "unpinned-shared-library",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["protect-build-environment", "safe-libraries"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[("Jenkinsfile", r#"@Library('shop-ci@main') _
pipeline { agent any
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
        Example::Tree(&[("Jenkinsfile", r#"@Library('shop-ci') _
pipeline { agent any
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
    ],
    good: &[
        Example::Tree(&[("Jenkinsfile", r#"@Library('shop-ci@4f2c9d07be1a3c58d6e09f7ab2416c35d80e97fa') _
pipeline { agent any
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
        Example::Tree(&[("Jenkinsfile", r#"@Library('shop-ci@v1.4.2') _
pipeline { agent any
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| {
            let Some(uses) = see.get(&step.uses)? else { return not_applicable() };
            let Some(library) = uses.text.strip_prefix("library ") else { return not_applicable() };
            let version = library.split_once('@').map_or("", |(_, version)| version);
            if version.contains("${") || library.starts_with("identifier") {
                return Err(see.unclear(Why::Unresolved, format!("the version of {library}")));
            }
            let commit = version.len() >= 40 && version.bytes().all(|b| b.is_ascii_hexdigit());
            let number = version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
                && version.contains('.');
            if commit || number {
                return pass();
            }
            fail(uses.at.clone(), format!("loads the shared library {library}, which can change"))
        })
    })
}

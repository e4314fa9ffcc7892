use crate::checks::prelude::*;

check! {
    /// A job runs in an image that is not fixed by digest.
    ///
    /// ## What it checks
    /// The images of jobs and their services, in GitHub workflows and Jenkinsfiles.
    /// ## Why it matters
    /// Whoever can push to the tag changes what builds: the build runs inside it, with the source and the
    /// secrets.
    /// ## Fix
    /// Write the digest behind the image: `image: maven@sha256:…`.
    "unpinned-job-image",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["safe-libraries", "protect-build-environment"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent { docker { image 'maven:3' } }
 stages { stage('Build') { steps { sh 'mvn verify' } } } }"#)]),
    ],
    good: &[
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent { docker { image 'maven@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd' } }
 stages { stage('Build') { steps { sh 'mvn verify' } } } }"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.container)?, |see, part| {
            let image = part.text.as_str();
            if image.starts_with('-') {
                return not_applicable();
            }
            if image.contains("@sha256:") {
                return pass();
            }
            if image.contains("${") {
                return Err(see.unclear(Why::Unresolved, format!("the image {image} of job {}", job.name)));
            }
            fail(part.at.clone(), format!("a job runs in {image}, which can change"))
        })
    })
}

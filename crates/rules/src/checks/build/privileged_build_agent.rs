use crate::checks::prelude::*;
use crate::steps;
use tyrian_model::pipeline::System;

check! {
    /// A Jenkins job has the host of its agent.
    ///
    /// ## What it checks
    /// The arguments of agents in containers, and `docker run` in the scripts of Jenkinsfiles: `--privileged`,
    /// and the engine's socket. Runners that are thrown away after the job, as GitHub's, are left out.
    /// ## Why it matters
    /// A dependency that runs code at build time owns the agent's host, and with it every later build and its
    /// credentials.
    /// ## Fix
    /// Drop the socket and `--privileged`; build images without a daemon (BuildKit rootless, Kaniko, Buildah)
    /// or with a separate BuildKit over mutual TLS.
    "privileged-build-agent",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["protect-build-environment"],
    ids: &["attack:T1611", "attack:T1195.002", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent { docker { image 'maven:3'
 args '--privileged' } }
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent { docker { image 'maven:3'
 args '-v /var/run/docker.sock:/var/run/docker.sock' } }
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent { docker { image 'maven:3'
 args '' } }
 stages { stage('Build') { steps { sh 'docker run --privileged tools' } } } }"#)]),
    ],
    good: &[
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent { docker { image 'maven:3'
 args '--cap-drop ALL' } }
 stages { stage('Build') { steps { sh 'make' } } } }"#)]),
    ],
}

fn check(see: &See, it: &Pipeline) -> Judged {
    if it.system != System::Jenkins {
        return not_applicable();
    }
    let what = |text: &str| {
        let socket = text.contains("docker.sock").then_some("has the engine's socket");
        let off = text.contains("--privileged=false");
        socket.or((text.contains("--privileged") && !off).then_some("runs privileged"))
    };
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        let mut found = Vec::new();
        for part in see.get(&job.container)?.iter().filter(|part| part.text.starts_with('-')) {
            found.extend(
                what(&part.text).map(|what| Fault { what: format!("a job {what}"), at: part.at.clone() }),
            );
        }
        let inner = each(see, see.get(&job.steps)?, |see, step| {
            let commands = steps::pipes(see, step)?.iter().flat_map(|pipe| &pipe.commands);
            let runs = commands
                .filter(|c| matches!(c.program(), "docker" | "podman") && c.arguments().any(|a| a == "run"));
            let fault = |command: &Command| {
                let text = command.arguments().find_map(what)?;
                Some(Fault { what: format!("starts a container that {text}"), at: Some(command.at.clone()) })
            };
            faults(runs.filter_map(fault).collect())
        })?;
        if let tyrian_model::evidence::Verdict::Fail(more, _) = inner {
            found.extend(more);
        }
        faults(found)
    })
}

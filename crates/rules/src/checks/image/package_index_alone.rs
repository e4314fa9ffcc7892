use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, installs, runs};

check! {
    /// A build fetches the list of packages in a step of its own.
    ///
    /// ## What it checks
    /// `apt-get update` or `apk update` in a RUN that installs nothing, in the stages that the image is made
    /// of.
    /// ## Why it matters
    /// The step is cached: weeks later the next step installs from the old list, packages whose faults have
    /// been mended since.
    /// ## Fix
    /// Put both into one RUN: `apt-get update && apt-get install -y --no-install-recommends … && rm -rf
    /// /var/lib/apt/lists/*`.
    "package-index-alone",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "fail-vulnerable-images"],
    ids: &["nist:3.1.1", "nist:4.1.1", "cis-docker:4.7"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update
RUN apt-get install -y curl
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && ./install.sh
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN apk add --no-cache curl
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        let is = |command: &&Command| {
            let (program, arguments) = call(command);
            matches!(program, "apt-get" | "apt" | "apk")
                && arguments
                    .iter()
                    .find(|argument| !argument.starts_with('-'))
                    .is_some_and(|first| *first == "update")
        };
        // What else there is may install by itself: a script, a tool.
        let idle = |command: &Command| {
            matches!(
                call(command).0,
                "" | "apt-get"
                    | "apt"
                    | "apk"
                    | "echo"
                    | "set"
                    | "rm"
                    | "true"
                    | "sed"
                    | "export"
                    | "mkdir"
                    | "cd"
            ) && installs(command).is_none()
                && !call(command)
                    .1
                    .iter()
                    .any(|a| matches!(*a, "upgrade" | "dist-upgrade" | "full-upgrade" | "build-dep"))
        };
        if let Some(update) = run.commands().find(is).filter(|_| run.commands().all(idle)) {
            found.push(fault(
                &update.at,
                "fetches the list of packages in a step of its own, which is cached",
            ));
        }
    }
    faults(found)
}

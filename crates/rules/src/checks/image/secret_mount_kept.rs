use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, runs, shown};
use std::collections::BTreeSet;

check! {
    /// A build writes a mounted secret into the image.
    ///
    /// ## What it checks
    /// RUN that copies a file of `/run/secrets/`, or prints it into a file that it does not remove again in the
    /// same RUN; in the stages that the image is made of.
    /// ## Why it matters
    /// A secret mount keeps the secret out of the layers; this puts it back, for everybody who can pull the
    /// image.
    /// ## Fix
    /// Read it where it is needed and nowhere else: `NPM_TOKEN=$(cat /run/secrets/npm) npm ci`, or mount it
    /// where the program looks for it with `target=`.
    "secret-mount-kept",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npmrc cp /run/secrets/npmrc /root/.npmrc && npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=k cat /run/secrets/k > /etc/app.key
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npmrc cp /run/secrets/npmrc /root/.npmrc && npm ci && rm /root/.npmrc
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        let removed: BTreeSet<&str> =
            run.commands().filter(|it| call(it).0 == "rm").flat_map(|it| call(it).1).collect();
        for command in run.commands() {
            let (program, arguments) = call(command);
            if !arguments.iter().any(|argument| argument.starts_with("/run/secrets/")) {
                continue;
            }
            let target = match program {
                "cp" | "install" | "mv" => arguments.last().copied(),
                "cat" => command
                    .redirects
                    .iter()
                    .find(|(how, _)| how.starts_with('>'))
                    .map(|(_, target)| target.text.as_str()),
                _ => None,
            };
            if let Some(target) =
                target.filter(|target| !target.starts_with("/dev/") && !removed.contains(target))
            {
                found.push(fault(&command.at, format!("writes a secret of the build to {}", shown(target))));
            }
        }
    }
    faults(found)
}

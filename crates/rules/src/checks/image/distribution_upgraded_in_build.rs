use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, runs};

check! {
    /// A build takes its base image over to whatever release of the distribution is newest.
    ///
    /// ## What it checks
    /// `apt-get dist-upgrade` and `full-upgrade`, `zypper dist-upgrade` and `dup`, `yum distro-sync`,
    /// `do-release-upgrade`, in the stages that the image is made of. A plain `upgrade`, which mends what is installed,
    /// is left out.
    /// ## Why it matters
    /// It also removes packages and adds others: what is released is neither the base image that somebody approved nor
    /// the same twice.
    /// ## Fix
    /// Raise the base image instead: a newer version by its digest.
    "distribution-upgraded-in-build",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["total-image-hash"],
    ids: &["nist:3.1.5"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get -y dist-upgrade && rm -rf /var/lib/apt/lists/*
")]),
        Example::Tree(&[("Dockerfile", "
FROM opensuse/leap:15.6
RUN zypper --non-interactive dup
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get -y upgrade && apt-get install -y curl && apk upgrade --no-cache
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        for command in run.commands() {
            let (program, arguments) = call(command);
            let verbs: &[&str] = match program {
                "apt-get" | "apt" | "aptitude" => &["dist-upgrade", "full-upgrade"],
                "zypper" => &["dist-upgrade", "dup"],
                "yum" | "dnf" => &["distro-sync", "distribution-synchronization"],
                "do-release-upgrade" => &[],
                _ => continue,
            };
            let verb = arguments.iter().find(|argument| verbs.contains(argument));
            if verb.is_some() || program == "do-release-upgrade" {
                let what = verb.map_or(program.to_owned(), |verb| format!("{program} {verb}"));
                found.push(fault(&command.at, format!("changes the release of its base ({what})")));
            }
        }
    }
    faults(found)
}

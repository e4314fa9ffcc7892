use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, installs, runs};

check! {
    /// An image gets sudo.
    ///
    /// ## What it checks
    /// The packages `sudo` and `doas`, `NOPASSWD` that is written into a configuration, and steps that run `sudo`, so
    /// that the base has it, in the stages that the image is made of.
    /// ## Why it matters
    /// A setuid program that makes root of whoever may call it, in a container that needs one user only: a way
    /// back to root for whoever breaks in.
    /// ## Fix
    /// Do what needs root in RUN before USER, and leave sudo out. `gosu` or `setpriv` step down without a way
    /// back.
    "sudo-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-image", "cis-docker"],
    ids: &["attack:T1548.003", "nist:3.1.2", "cis-docker:4.3"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl sudo
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo 'app ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers
")]),
        Example::Tree(&[("Dockerfile", "
FROM registry.example.com/base:1
USER app
RUN sudo make install
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS build
RUN apt-get install -y sudo
FROM debian:12
RUN true
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let (mut found, mut used) = (Vec::new(), None);
    for run in runs(see, &final_stages(see, it)?) {
        for command in run.commands() {
            let sudo = installs(command)
                .and_then(|(_, packages)| packages.into_iter().find(|name| matches!(*name, "sudo" | "doas")));
            if let Some(name) = sudo {
                found.push(fault(&command.at, format!("installs {name}")));
            } else if matches!(call(command).0, "echo" | "printf" | "sed" | "cat" | "tee")
                && command
                    .words
                    .iter()
                    .chain(command.redirects.iter().map(|(_, text)| text))
                    .any(|word| word.text.contains("NOPASSWD"))
            {
                found.push(fault(&command.at, "lets an account become root without a password"));
            } else if matches!(command.program(), "sudo" | "doas") {
                used.get_or_insert(&command.at);
            }
        }
    }
    // Who installs it is told so once.
    if let Some(at) = used.filter(|_| found.is_empty()) {
        found.push(fault(at, "runs sudo, which its base brings"));
    }
    faults(found)
}

fn mend(spot: &Spot) -> Mend {
    match spot.fault.what.strip_prefix("installs ") {
        Some(name) => Mend::to_try(
            vec![spot.instruction(Rewrite::Word(name.into(), String::new()))],
            format!("nothing in the image may call {name} any more"),
        ),
        None => Mend::Person("who becomes root by it is known to its author".into()),
    }
}

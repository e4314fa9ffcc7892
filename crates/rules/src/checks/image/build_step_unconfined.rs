use crate::checks::prelude::*;
use crate::dockerfile::{fault, stages};

check! {
    /// A step of a build asks to run without its walls.
    ///
    /// ## What it checks
    /// RUN with `--security=insecure` or `--network=host`.
    /// ## Why it matters
    /// Such a step has every capability and the devices of the machine that builds, or its network: what it
    /// downloads and runs is on the build machine itself.
    /// ## Fix
    /// Drop the flag; do what needs these rights outside the build, and do not give the builder
    /// `security.insecure` and `network.host` as entitlements.
    "build-step-unconfined",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "protect-build-environment"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN --security=insecure ./build.sh
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN --network=host curl http://localhost:9000/a -o /a
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN --network=none --mount=type=cache,target=/c make
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let mut found = Vec::new();
    for instruction in all.iter().flat_map(|stage| &stage.instructions) {
        for (name, value) in &instruction.flags {
            match (name.as_str(), value.as_str()) {
                ("security", "insecure") => {
                    found.push(fault(&instruction.at, "runs a step with every right on the build machine"))
                }
                ("network", "host") => {
                    found.push(fault(&instruction.at, "runs a step in the network of the build machine"))
                }
                _ => {}
            }
        }
    }
    faults(found)
}

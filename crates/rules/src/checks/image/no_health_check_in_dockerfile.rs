use crate::checks::prelude::*;
use crate::dockerfile::{has_command, whole_chain};

check! {
    /// An image does not say how its health is checked.
    ///
    /// ## What it checks
    /// HEALTHCHECK in the stages that an image with a command is made of. Kubernetes does not read it: there
    /// probes of the pod do this.
    /// ## Why it matters
    /// The engine takes a container that hangs for one that works, and neither restarts nor replaces it.
    /// ## Fix
    /// `HEALTHCHECK CMD …` with a command that asks the service itself.
    "no-health-check-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker"],
    ids: &["nist:3.1.2", "cis-docker:4.6"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
CMD [\"app\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM nginx:1.28
HEALTHCHECK NONE
CMD [\"nginx\"]
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
HEALTHCHECK CMD [\"app\", \"--check\"]
CMD [\"app\"]
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let Some(stages) = whole_chain(see, it)? else { return not_applicable() };
    if !has_command(&stages) {
        return not_applicable();
    }
    let mut instructions = stages.iter().flat_map(|stage| stage.instructions.iter().rev());
    match instructions.find(|instruction| instruction.name == "HEALTHCHECK") {
        Some(Instruction { what: What::Text(text), at, .. }) => {
            let none = see.get(text)? == "NONE";
            if none { fail(Some(at.clone()), "switches the health check off") } else { pass() }
        }
        Some(_) => pass(),
        None => fail(None, "has no HEALTHCHECK"),
    }
}

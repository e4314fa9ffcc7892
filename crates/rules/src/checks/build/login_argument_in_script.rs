use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A password stands on a command line in a script.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: `login` of docker, podman, helm and others with the password as an argument.
    /// ## Why it matters
    /// Every process of the machine can read command lines, and shells and logs keep them.
    /// ## Fix
    /// Pass it by standard input: `… login --password-stdin < file`.
    "login-argument-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["protect-build-environment", "scan-before-commit"],
    ids: &["attack:T1552.001"],
    bad: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
docker login -u deploy -p $REGISTRY_PASSWORD registry.example
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
docker login -u deploy --password-stdin registry.example < password
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    faults(faulty::login_arguments(it, see.get(&it.pipelines)?))
}

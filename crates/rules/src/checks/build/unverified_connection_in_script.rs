use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A script does not check who it talks to.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: switches that turn off the check of certificates, host keys or signatures:
    /// `curl -k`, `wget --no-check-certificate`, `StrictHostKeyChecking=no`, `--insecure-skip-tls-verify`,
    /// `--allow-unauthenticated`, `--nogpgcheck`, `DOCKER_CONTENT_TRUST=0`. Connections to the machine itself,
    /// and to addresses that a variable holds, are left out.
    /// ## Why it matters
    /// Whoever sits in the network gives another file, image or host, and takes the credentials that are sent
    /// to it.
    /// ## Fix
    /// Install the certificate authority or the host key, and drop the switch.
    "unverified-connection-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["content-trust", "hash-artifacts", "lint-scripts"],
    ids: &["attack:T1557", "attack:T1195.002"],
    bad: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -k https://releases.tools.example/kubectl -o kubectl
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
ssh -o StrictHostKeyChecking=no root@backup.example ls
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
apt-get install --allow-unauthenticated tool
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -k https://localhost:8443/health
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -fsS https://releases.tools.example/kubectl -o kubectl
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -k "https://$IP/health"
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    faults(faulty::unverified(it, see.get(&it.pipelines)?))
}

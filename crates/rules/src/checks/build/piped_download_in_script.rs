use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A script runs what it downloads, whatever it is.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: `curl` or `wget` piped into a shell or interpreter, or put into `sh -c`.
    /// ## Why it matters
    /// Who controls the server, the name or the connection for a moment runs code with everything that the
    /// script may do, and nothing is left to look at.
    /// ## Fix
    /// Download to a file, compare its hash or signature with a known one, then run it; better, install a
    /// package of a fixed version.
    "piped-download-in-script",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["safe-libraries", "hash-artifacts"],
    ids: &["attack:T1195.002", "attack:T1059.004"],
    bad: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -sSL https://get.tools.example/install.sh | sudo bash
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
sh -c "$(curl -fsSL https://get.tools.example/install.sh)"
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -fsSLo x.sh https://get.tools.example/x.sh
sha256sum --check x.sha256
sh x.sh
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
curl -s https://api.tools.example/version | jq .tag
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    faults(faulty::piped_downloads(it, see.get(&it.pipelines)?))
}

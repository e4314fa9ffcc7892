use crate::checks::prelude::*;
use crate::dockerfile::shown;

check! {
    /// A layer of an image holds a file with a secret.
    ///
    /// ## What it checks
    /// Files of all layers, also those that a later layer deletes or replaces: private keys, tokens, passwords
    /// in settings. Examples that packages bring
    /// with them are left out, and Debian's self-signed `ssl-cert-snakeoil.key`, which nobody trusts.
    /// ## Why it matters
    /// A layer is kept whole: whoever can pull the image unpacks it and has the file, whatever the last layer
    /// says.
    /// ## Fix
    /// Leave the file out of the layer (`.dockerignore`, `RUN --mount=type=secret`), build anew, delete the old
    /// image and change the secret.
    "secret-in-image-layer",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "attack:T1552.004", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "secrets": {"is": [{"path": "/root/.npmrc", "layer": 2, "deleted": true, "sighting": {"kind": "npm-token", "length": 40, "hash": "ab", "at": null}}]}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "secrets": {"is": []}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    let mut found: Vec<Fault> = see
        .get(&it.secrets)?
        .iter()
        .filter(|secret| !secret.path.ends_with("/ssl-cert-snakeoil.key"))
        .map(|secret| {
            let gone = if secret.deleted { ", and deleting it later did not take it out" } else { "" };
            let what = format!("holds a secret ({}) in {}{gone}", secret.sighting.kind, shown(&secret.path));
            Fault { what, at: None }
        })
        .collect();
    found.dedup();
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        found.push(Fault { what: "holds more secrets than are listed here".into(), at: None });
    }
    faults(found)
}

/// How many are told one by one.
const MOST: usize = 50;

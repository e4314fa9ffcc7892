use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// Nothing vouches for what the host has started.
    ///
    /// ## What it checks
    /// Whether there is a TPM, and whether Secure Boot was on.
    /// ## Why it matters
    /// A changed boot loader or kernel hides from everything that looks from inside the system.
    /// ## Fix
    /// Turn on Secure Boot and a (virtual) TPM - shielded or trusted-launch machines of cloud providers have both -
    /// and attest the measurements.
    "start-not-measured",
    layer: Layer::Host,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["root-of-trust"],
    ids: &["attack:T1542", "nist:3.5.5"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"tpm": {"is": false}, "secure_boot": {"is": null}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"tpm": {"is": true}, "secure_boot": {"is": false}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"tpm": {"is": true}, "secure_boot": {"is": true}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let start = ["a TPM", "Secure Boot"];
    each(see, start, |see, what| {
        let there = match what {
            "a TPM" => *see.get(&it.tpm)?,
            _ => *see.get(&it.secure_boot)? == Some(true),
        };
        if there { pass() } else { fail(None, format!("was started without {what}")) }
    })
}

use crate::checks::prelude::*;

check! {
    /// An image does not say how its health is checked.
    ///
    /// ## What it checks
    /// The health check in the image's configuration. Kubernetes does not read it: there probes of the pod do
    /// this.
    /// ## Why it matters
    /// The engine takes a container that hangs for one that works, and neither restarts nor replaces it.
    /// ## Fix
    /// `HEALTHCHECK CMD …` in the Dockerfile, with a command that asks the service itself.
    "no-health-check-in-image",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker"],
    ids: &["nist:3.1.2", "cis-docker:4.6"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "health_check": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "health_check": {"is": true}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    if *see.get(&it.health_check)? { pass() } else { fail(None, "has no health check") }
}

use crate::checks::prelude::*;
use crate::known::{SENSORS, runs};

check! {
    /// No container of the engine watches what the others do.
    ///
    /// ## What it checks
    /// Whether a container of this engine runs the image of a known sensor (Falco, Tetragon, Tracee, KubeArmor,
    /// Sysdig and others). One that is installed on the host itself is not seen from here.
    /// ## Why it matters
    /// A shell in a web server, a read of /etc/shadow, a connection outwards from `curl`: without a sensor they
    /// happen and nobody knows.
    /// ## Fix
    /// Run Falco or Tetragon on the host or as a container, and send its alarms to where somebody looks.
    "engine-without-sensor",
    layer: Layer::Runtime,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["detect-shell", "detect-unexpected-child", "detect-sensitive-read", "detect-dev-write", "detect-system-binary-egress"],
    ids: &["attack:T1059.004", "nist:4.4.4"],
    bad: &[
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx"}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx"}}, {"Name": "/f", "Config": {"Image": "falcosecurity/falco:0.39.2"}}]}"#),
    ],
}

fn check(see: &See, _: &Engine) -> Judged {
    if runs(see, SENSORS)? { pass() } else { fail(None, "no container on it watches what the others do") }
}

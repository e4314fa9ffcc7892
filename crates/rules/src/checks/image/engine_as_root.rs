use crate::checks::prelude::*;

check! {
    /// The engine runs as root.
    ///
    /// ## What it checks
    /// Whether the engine runs in rootless mode. Docker Desktop keeps it in a machine of its own, and Podman
    /// starts no daemon: there nothing is asked.
    /// ## Why it matters
    /// A fault in the engine, or the right to speak to it, is root of the host; of a rootless engine it is one
    /// user.
    /// ## Fix
    /// Where what you run allows it, use rootless mode (`dockerd-rootless-setuptool.sh install`). It has no
    /// AppArmor, no overlay networks, and ports below 1024 only by leave.
    "engine-as-root",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "non-root"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:2.1"],
    bad: &[
        Example::Engine(r#"{"version": {"Components": [{"Name": "Engine", "Version": "28.0.0"}]}, "info": {"OperatingSystem": "Debian GNU/Linux 12", "SecurityOptions": ["name=seccomp,profile=builtin"]}}"#),
    ],
    good: &[
        Example::Engine(r#"{"version": {"Components": [{"Name": "Engine", "Version": "28.0.0"}]}, "info": {"OperatingSystem": "Debian GNU/Linux 12", "SecurityOptions": ["name=rootless"]}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    if *see.get(&it.rootless)? { pass() } else { fail(it.rootless.pos(), "runs as root") }
}

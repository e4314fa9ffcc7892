use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// Containers of the engine can gain privileges unless each says otherwise.
    ///
    /// ## What it checks
    /// `no-new-privileges` of the engine.
    /// ## Why it matters
    /// A setuid program in an image makes root of the user that the image runs as.
    /// ## Fix
    /// `"no-new-privileges": true` in daemon.json. A container that needs it otherwise says `--security-opt no-
    /// new-privileges=false`.
    "no-new-privileges-not-default",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "no-new-privileges"],
    ids: &["attack:T1548.001", "nist:3.4.3", "cis-docker:2.14"],
    bad: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": {"no-new-privileges": true}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"no-new-privileges\": true}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if !*see.get(&it.no_new_privileges)? {
        fail(it.no_new_privileges.pos(), "lets containers gain privileges by default")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        true,
        vec![("no-new-privileges", Change::Set(Value::Flag(true)))],
        "restart the engine; containers get it when they are made again",
    )
}

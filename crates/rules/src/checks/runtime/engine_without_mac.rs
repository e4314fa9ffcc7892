use crate::checks::prelude::*;

check! {
    /// The container engine has neither AppArmor nor SELinux.
    ///
    /// ## What it checks
    /// What the engine says it can use.
    /// ## Why it matters
    /// Every container of this engine does without the second wall, whatever profile it names: the engine takes
    /// `apparmor=…` and nothing is in force.
    /// ## Fix
    /// Boot the host with `security=apparmor` or its SELinux on, install the module's tools, and restart the
    /// engine; for SELinux set `"selinux-enabled": true` in daemon.json.
    "engine-without-mac",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["mandatory-access-control"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.2", "cis-docker:5.3"],
    bad: &[
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=seccomp,profile=default"]}}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin"]}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    if see.get(&it.lsm)?.is_empty() {
        fail(it.lsm.pos(), "has neither AppArmor nor SELinux: no profile of a container is in force")
    } else {
        pass()
    }
}

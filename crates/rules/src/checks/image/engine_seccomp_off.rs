use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// Containers of the engine have no system call filter unless each asks for one.
    ///
    /// ## What it checks
    /// The engine's own seccomp profile: none, because it was built without, or `unconfined`.
    /// ## Why it matters
    /// Every container reaches the whole kernel: hundreds of calls that nobody needs, in which most ways out of
    /// a container begin.
    /// ## Fix
    /// Drop `seccomp-profile` from daemon.json (the built-in profile then holds), or name a file that filters;
    /// use an engine that was built with seccomp.
    "engine-seccomp-off",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "seccomp"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:2.17"],
    bad: &[
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=seccomp,profile=unconfined"]}}"#),
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=apparmor"]}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"seccomp-profile\": \"unconfined\"}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=seccomp,profile=builtin"]}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
        Example::Tree(&[("docker/daemon.json", "{\"seccomp-profile\": \"builtin\"}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    let at = it.seccomp.pos();
    match see.get(&it.seccomp)?.as_deref() {
        None => fail(at, "has no seccomp: containers reach every system call"),
        Some("unconfined") => fail(at, "filters no system calls by default"),
        Some(_) => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        false,
        vec![("seccomp-profile", Change::Unset("builtin".into()))],
        "restart the engine, and make the containers again",
    )
}

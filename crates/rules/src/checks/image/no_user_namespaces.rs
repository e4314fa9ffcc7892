use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// Root in a container is root of the host.
    ///
    /// ## What it checks
    /// Whether the engine maps the users of containers to others of the host (`userns-remap`), or runs without
    /// root itself.
    /// ## Why it matters
    /// What gets out of a container by a fault, or reaches a mounted folder, is root there as well.
    /// ## Fix
    /// `"userns-remap": "default"` in daemon.json, or the rootless engine. Images and volumes are kept apart
    /// from then on, so plan for it.
    "no-user-namespaces",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "non-root"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:2.9"],
    bad: &[
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=seccomp,profile=default"]}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=seccomp,profile=default", "name=userns"]}}"#),
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=rootless"]}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"userns-remap\": \"default\"}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if !*see.get(&it.user_namespaces)? {
        fail(it.user_namespaces.pos(), "does not map the users of containers: root there is root of the host")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        false,
        vec![("userns-remap", Change::Set("default".into()))],
        "restart the engine; its images and volumes begin anew, in a folder of their own",
    )
}

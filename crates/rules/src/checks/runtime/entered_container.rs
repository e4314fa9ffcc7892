use crate::checks::prelude::*;

check! {
    /// Somebody is inside a running container.
    ///
    /// ## What it checks
    /// Commands that were started in a container beside its own process (`docker exec`) and run when it was
    /// looked at. Where the container has a health check, that may be the command, and nothing is said.
    /// ## Why it matters
    /// What is changed by hand is in no image and no review. A container that somebody entered is no longer the
    /// one that was tested, and may be somebody else's.
    /// ## Fix
    /// Find out who it is (the engine's events name each exec), label the container as tainted, and replace it
    /// from its image once they have left.
    "entered-container",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["taint-on-access"],
    ids: &["attack:T1609"],
    bad: &[
        Example::Engine(r#"{"containers": [{"Name": "/a", "ExecIDs": ["3b2e"], "Config": {}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"containers": [{"Name": "/a", "ExecIDs": null, "Config": {}}]}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    if !*see.get(&it.entered)? {
        return pass();
    }
    if *see.get(&it.health_check)? {
        return Err(see.unclear(
            Why::NotRead,
            "whether the command that runs in it is its own health check: look again",
        ));
    }
    fail(it.entered.pos(), "a command that was started from outside runs in it: somebody is inside")
}

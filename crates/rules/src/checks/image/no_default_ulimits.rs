use crate::checks::prelude::*;

check! {
    /// Containers have no limit of open files or processes unless each names one.
    ///
    /// ## What it checks
    /// `default-ulimits` of the engine.
    /// ## Why it matters
    /// A container without limits of its own can have as many files open as the engine itself, a million as it
    /// is packaged, and take them from others.
    /// ## Fix
    /// `"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 4096}}` in daemon.json, with
    /// numbers that fit your workloads.
    "no-default-ulimits",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "resource-limits"],
    ids: &["nist:3.4.3", "cis-docker:2.8"],
    bad: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": {"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 4096}}}, "command_line": ["dockerd"]}"#),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "--default-ulimit", "nofile=1024:4096"]}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    if see.get(&it.default_ulimits)?.is_empty() {
        fail(it.default_ulimits.pos(), "has no default limits of open files and processes")
    } else {
        pass()
    }
}

use crate::checks::prelude::*;
use crate::dockerfile::shown;

check! {
    /// The engine puts containers under a control group that somebody chose.
    ///
    /// ## What it checks
    /// `cgroup-parent` of the engine.
    /// ## Why it matters
    /// Limits of the parent hold for all containers, and a group outside of what the system expects may have
    /// none: who chose it should be able to say why.
    /// ## Fix
    /// Drop `cgroup-parent`, or write down what it is for and accept the finding.
    "engine-cgroup-parent",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "resource-limits"],
    ids: &["nist:3.4.3", "cis-docker:2.10"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"cgroup-parent": "/web"}, "command_line": ["dockerd"]}"#),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "--cgroup-parent=/web"]}"#),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": {"cgroup-parent": ""}, "command_line": ["dockerd"]}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    match see.get(&it.cgroup_parent)? {
        Some(parent) => {
            fail(it.cgroup_parent.pos(), format!("puts containers under the control group {}", shown(parent)))
        }
        None => pass(),
    }
}

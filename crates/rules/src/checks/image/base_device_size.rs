use crate::checks::prelude::*;
use crate::dockerfile::shown;

check! {
    /// The engine gives containers more disk than its driver does by default.
    ///
    /// ## What it checks
    /// `dm.basesize` among the options of the storage driver.
    /// ## Why it matters
    /// A larger base device lets each container fill more of the disk, and it cannot be made smaller
    /// afterwards.
    /// ## Fix
    /// Drop `dm.basesize`; better, leave the driver devicemapper for overlay2.
    "base-device-size",
    layer: Layer::Image,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "resource-limits"],
    ids: &["nist:3.4.3", "cis-docker:2.11"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"storage-opts": ["dm.basesize=100G"]}, "command_line": ["dockerd"]}"#),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "--storage-opt", "overlay2.size=10G"]}"#),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let size = see.get(&it.storage_options)?.iter().find(|option| option.starts_with("dm.basesize="));
    match size {
        Some(option) => fail(it.storage_options.pos(), format!("sets the base device by {}", shown(option))),
        None => pass(),
    }
}

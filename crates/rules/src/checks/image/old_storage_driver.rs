use crate::checks::prelude::*;

check! {
    /// The engine stores images by a driver that was given up.
    ///
    /// ## What it checks
    /// The storage driver: `aufs` and `devicemapper` are no part of new engines, and nobody mends them.
    /// ## Why it matters
    /// Faults of the driver stay, and an engine that has left it out does not start on this data: updates are
    /// put off.
    /// ## Fix
    /// Move to `overlay2`: save the images, set `"storage-driver": "overlay2"` in daemon.json, restart and load
    /// them again.
    "old-storage-driver",
    layer: Layer::Image,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:3.4.1", "cis-docker:2.6", "cis-docker-1.8:2.7"],
    bad: &[
        Example::Engine(r#"{"info": {"Driver": "aufs"}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"storage-driver\": \"devicemapper\"}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Driver": "overlay2"}}"#),
        Example::Engine(r#"{"info": {"Driver": "overlayfs"}}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    match see.get(&it.storage_driver)?.as_str() {
        driver @ ("aufs" | "devicemapper") => {
            fail(it.storage_driver.pos(), format!("stores images by {driver}, which was given up"))
        }
        _ => pass(),
    }
}

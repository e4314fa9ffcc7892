use crate::call::{mount, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::private_mounts;

technique! {
    /// A new /proc or /sys is mounted, without the masks of the runtime.
    ///
    /// ## What it tries
    ///
    /// To mount proc and sysfs anew, in a mount namespace of its own.
    ///
    /// ## Why it matters
    ///
    /// What a runtime hides of /proc and /sys, and makes read-only, is only hidden at the usual place.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "proc-mount",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let mounted = |kind: &str| {
        let mut steps = private_mounts();
        steps.push(primitive(mount("none", "/proc", kind, 0)));
        steps
    };
    vec![variant("proc", mounted("proc")), variant("sysfs", mounted("sysfs"))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

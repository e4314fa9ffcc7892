use crate::call::{open, primitive, unmount};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::private_mounts;

technique! {
    /// The masks that a runtime lays over /proc are taken away.
    ///
    /// ## What it tries
    ///
    /// To unmount what lies over /proc/sys and over /proc/keys, in a mount namespace of its own. Where
    /// nothing does, the kernel says so after it has let the caller in.
    ///
    /// ## Why it matters
    ///
    /// Below the masks are the switches of the kernel, and what it knows of all containers.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "mask-unmount",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let taken = |path: &str| {
        let mut steps = private_mounts();
        steps.push(primitive(unmount(path)).let_through_by(&[libc::EINVAL]));
        steps
    };
    vec![variant("sys", taken("/proc/sys")), variant("keys", taken("/proc/keys"))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/mounts", libc::O_RDONLY)]
}

use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// A process exchanges the root of its mount namespace for another.
    ///
    /// ## What it tries
    ///
    /// To exchange the root directory for itself, which the kernel refuses once it has let the caller in.
    ///
    /// ## Why it matters
    ///
    /// It is how a process settles in a file system of the host that it has mounted.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "root-pivot",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let attempt = |path: &str| {
        let step = call("pivot_root", libc::SYS_pivot_root, vec![path.into(), path.into()]);
        vec![primitive(step).let_through_by(&[libc::EBUSY, libc::EINVAL])]
    };
    two_paths("/", attempt)
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/", libc::O_RDONLY | libc::O_DIRECTORY)]
}

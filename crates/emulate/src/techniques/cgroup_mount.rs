use crate::call::{mkdir, mount, mount_with, open, primitive, revert, rmdir, unmount};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The control groups of the host are mounted from inside the container.
    ///
    /// ## What it tries
    ///
    /// To mount control groups of version 1 without naming any, which the kernel refuses once it has let the
    /// caller in, and those of version 2, which are unmounted again.
    ///
    /// ## Why it matters
    ///
    /// Mounted anew, they can be written to: the file release_agent of version 1 names a program that runs as
    /// root of the host.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "cgroup-mount",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let around = |what: &str, attempt: &dyn Fn(&str) -> Step| {
        let target = format!("/dev/shm/{}", place.named(what));
        let attempt = primitive(attempt(&target));
        vec![mkdir(&target), attempt, revert(unmount(&target)), revert(rmdir(&target))]
    };
    let first = |target: &str| mount_with("none", target, "cgroup", "none").let_through_by(&[libc::EINVAL]);
    let second = |target: &str| mount("none", target, "cgroup2", 0);
    vec![variant("v1", around("groups-v1", &first)), variant("v2", around("groups-v2", &second))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/cgroup", libc::O_RDONLY)]
}

use crate::call::open;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::open_if_there;

technique! {
    /// A container raises its own limits.
    ///
    /// ## What it tries
    ///
    /// To open the limits of memory and processes of its own control group for writing, in both versions.
    /// Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// A container without limits takes memory and processes from all the others, and from the host.
    ///
    /// ## What stops it
    ///
    /// A read-only /sys/fs/cgroup, as runtimes make it; a user other than root.
    "cgroup-limits-raise",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1499"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let files = [
        ("memory-v1", "memory/memory.limit_in_bytes"),
        ("processes-v1", "pids/pids.max"),
        ("memory-v2", "memory.max"),
        ("processes-v2", "pids.max"),
    ];
    let way = |(name, file)| {
        let steps = open_if_there(&format!("/sys/fs/cgroup/{file}"));
        variant(name, steps).missing_file("control groups of this version have no such file there")
    };
    files.map(way).into()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/cgroup", libc::O_RDONLY)]
}

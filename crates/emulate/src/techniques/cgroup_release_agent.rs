use crate::call::open;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::open_if_there;

technique! {
    /// The kernel is told which program to run when a control group becomes empty: one of the attacker's.
    ///
    /// ## What it tries
    ///
    /// To open release_agent of several hierarchies of control groups for writing. Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// The kernel starts that program as root of the host, outside of every container.
    ///
    /// ## What stops it
    ///
    /// A read-only /sys/fs/cgroup, as runtimes make it; a user other than root. The file is only there in the
    /// topmost group of version 1.
    "cgroup-release-agent",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = ["memory", "rdma", "cpu", "systemd"].map(|kind| {
        let path = format!("/sys/fs/cgroup/{kind}/release_agent");
        variant(kind, open_if_there(&path))
    });
    ways.map(|way| way.missing_file("the topmost group of version 1 is not mounted there")).into()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/cgroup", libc::O_RDONLY)]
}

use crate::call::open;
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::{open_if_there, two_paths};

technique! {
    /// A container permits itself the devices of the host.
    ///
    /// ## What it tries
    ///
    /// To open devices.allow of its own control group for writing, by its path and through a link of the
    /// kernel. Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// With the right to every device, the disk of the host can be read and written past all files and their
    /// rights.
    ///
    /// ## What stops it
    ///
    /// A read-only /sys/fs/cgroup, as runtimes make it; a user other than root. Control groups of version 2
    /// have no such file.
    "cgroup-devices-allow",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = two_paths("/sys/fs/cgroup/devices/devices.allow", open_if_there);
    ways.into_iter().map(|way| way.missing_file("no control groups of version 1 are mounted there")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The kernel is told which program to run when a device comes or goes: one of the attacker's.
    ///
    /// ## What it tries
    ///
    /// To open /sys/kernel/uevent_helper for writing, by its path and through a link of the kernel. Nothing
    /// is written.
    ///
    /// ## Why it matters
    ///
    /// The kernel starts that program as root of the host, and a container can often make a device come and
    /// go.
    ///
    /// ## What stops it
    ///
    /// A read-only /sys, as runtimes make it; a user other than root.
    "kernel-uevent-helper",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = two_paths("/sys/kernel/uevent_helper", |path| vec![reach(open(path, libc::O_WRONLY))]);
    ways.into_iter().map(|way| way.missing_file("this kernel starts no program for devices")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

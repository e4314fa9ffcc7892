use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The kernel is told which program to run on a crash: one of the attacker's, outside of every container.
    ///
    /// ## What it tries
    ///
    /// To open /proc/sys/kernel/core_pattern for writing, by its path and through a link of the kernel.
    /// Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// The kernel starts the program that the pattern names as root of the host.
    ///
    /// ## What stops it
    ///
    /// A read-only /proc/sys, as runtimes make it; a user other than root.
    "kernel-core-pattern",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    two_paths("/proc/sys/kernel/core_pattern", |path| vec![reach(open(path, libc::O_WRONLY))])
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/sys/kernel/core_pattern", libc::O_RDONLY)]
}

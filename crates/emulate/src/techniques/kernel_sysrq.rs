use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The kernel is given the commands of the magic key: to restart, to crash, to kill.
    ///
    /// ## What it tries
    ///
    /// To open /proc/sysrq-trigger for writing, by its path and through a link of the kernel. Nothing is
    /// written.
    ///
    /// ## Why it matters
    ///
    /// One letter written there takes the whole machine down, and every container with it.
    ///
    /// ## What stops it
    ///
    /// A read-only /proc/sysrq-trigger, as runtimes make it; a user other than root.
    "kernel-sysrq",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = two_paths("/proc/sysrq-trigger", |path| vec![reach(open(path, libc::O_WRONLY))]);
    ways.into_iter().map(|way| way.missing_file("this kernel has no magic key")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

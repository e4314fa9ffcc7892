use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The kernel is told which program loads its modules: one of the attacker's.
    ///
    /// ## What it tries
    ///
    /// To open /proc/sys/kernel/modprobe for writing, by its path and through a link of the kernel. Nothing
    /// is written.
    ///
    /// ## Why it matters
    ///
    /// The kernel starts that program as root of the host when it meets a kind of file or socket that it does
    /// not know.
    ///
    /// ## What stops it
    ///
    /// A read-only /proc/sys, as runtimes make it; a user other than root.
    "kernel-modprobe-path",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = two_paths("/proc/sys/kernel/modprobe", |path| vec![reach(open(path, libc::O_WRONLY))]);
    ways.into_iter().map(|way| way.missing_file("this kernel has no modules")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/sys/kernel/ostype", libc::O_RDONLY)]
}

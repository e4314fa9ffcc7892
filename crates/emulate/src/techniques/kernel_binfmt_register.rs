use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The kernel is told how to start a kind of program: by one of the attacker's.
    ///
    /// ## What it tries
    ///
    /// To open /proc/sys/fs/binfmt_misc/register for writing, by its path and through a link of the kernel.
    /// Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// Whoever then starts a program of that kind, on the host too, starts the attacker's.
    ///
    /// ## What stops it
    ///
    /// A read-only /proc/sys, as runtimes make it; a user other than root.
    "kernel-binfmt-register",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = two_paths("/proc/sys/fs/binfmt_misc/register", |path| vec![reach(open(path, libc::O_WRONLY))]);
    ways.into_iter().map(|way| way.missing_file("no binfmt_misc is mounted there")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// Control groups of the host are reached through lxcfs.
    ///
    /// ## What it tries
    ///
    /// To open the canary for writing in a directory that stands for lxcfs, where it is mounted into the
    /// container. Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// The lxcfs of the host shows its control groups, with the right to change them: a container permits
    /// itself the devices of the host there.
    ///
    /// ## What stops it
    ///
    /// lxcfs is not mounted into the container, or only file by file and for reading.
    "lxcfs-write",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let ways = two_paths("/var/lib/lxcfs/canary", |path| vec![reach(open(path, libc::O_WRONLY))]);
    ways.into_iter().map(|way| way.missing_file("lxcfs is not mounted into the container")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/meminfo", libc::O_RDONLY)]
}

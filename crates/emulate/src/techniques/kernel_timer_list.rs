use crate::call::{holds, open, part, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// What the kernel knows of all processes is read.
    ///
    /// ## What it tries
    ///
    /// To read the first words of /proc/timer_list, by its path and through a link of the kernel.
    ///
    /// ## Why it matters
    ///
    /// It shows addresses of the kernel, and processes of other containers and of the host.
    ///
    /// ## What stops it
    ///
    /// The mask that runtimes lay over the file; a user other than root.
    "kernel-timer-list",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const BEGINS: &[u8] = b"Timer List Version";
    let ways = two_paths("/proc/timer_list", |path| {
        vec![
            part(open(path, libc::O_RDONLY)).named("file"),
            part(read("file", "begin", BEGINS.len())),
            reach(holds("begin", BEGINS)),
        ]
    });
    ways.into_iter()
        .map(|way| way.sharing("begin", Memory::zeros(64)))
        .map(|way| way.missing_file("this kernel has no such list"))
        .collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

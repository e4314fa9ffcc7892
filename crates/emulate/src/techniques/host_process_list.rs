use crate::call::{call, open, pidfd, reach};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// Processes outside of the container are seen.
    ///
    /// ## What it tries
    ///
    /// To look at a process outside of the container: what /proc says of it, its group, a descriptor of it.
    /// The process is a stand-in.
    ///
    /// ## Why it matters
    ///
    /// Their command lines tell what else runs, and often secrets; what is seen can be sent signals.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own, in which no process of the outside is seen.
    "host-process-list",
    threats: &["process-hijack", "lateral-movement"],
    controls: &["pid-namespace"],
    ids: &["attack:T1613"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let process = place.neighbour_process;
    vec![
        variant("proc", vec![reach(open(&format!("/proc/{process}/cmdline"), libc::O_RDONLY))]),
        variant("group", vec![reach(call("getpgid", libc::SYS_getpgid, vec![process.into()]))]),
        variant("pidfd", vec![reach(pidfd(process))]),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/cmdline", libc::O_RDONLY)]
}

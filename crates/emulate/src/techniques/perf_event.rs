use crate::call::{call, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process measures the processor, and the kernel with it.
    ///
    /// ## What it tries
    ///
    /// To open a counter of time for the process itself, with and without the kernel's share.
    ///
    /// ## Why it matters
    ///
    /// The counters tell what other containers and the kernel do, and many holes of the kernel were found
    /// there.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile. It lets those through who hold CAP_PERFMON or CAP_SYS_ADMIN.
    "perf-event",
    threats: &["kernel-vulnerability", "shared-kernel"],
    controls: &["seccomp"],
    capabilities: &["PERFMON", "SYS_ADMIN"],
    ids: &["attack:T1068"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const SOFTWARE: u32 = 1;
    const DISABLED: u64 = 1;
    const WITHOUT_KERNEL: u64 = 1 << 5;
    const CLOSE_ON_EXEC: u32 = 8;
    let attempt = |flags: u64| {
        // Type, size, what, how often, what of each, how it is read.
        let what = Memory::new().u32(SOFTWARE).u32(64).u64(0).u64(0).u64(0).u64(0).u64(DISABLED | flags);
        let what = what.raw(&[0; 16]);
        let arguments = vec![what.into(), 0.into(), (-1).into(), (-1).into(), CLOSE_ON_EXEC.into()];
        vec![primitive(call("perf_event_open", libc::SYS_perf_event_open, arguments))]
    };
    let ways = vec![variant("own", attempt(WITHOUT_KERNEL)), variant("kernel", attempt(0))];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel has no counters")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call("getpid", libc::SYS_getpid, Vec::new())]
}

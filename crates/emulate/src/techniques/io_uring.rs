use crate::call::{call, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process has the kernel work through queues of system calls.
    ///
    /// ## What it tries
    ///
    /// To make queues with room for one call with io_uring_setup. No call is made by them.
    ///
    /// ## Why it matters
    ///
    /// What is asked for in the queues passes by filters of system calls, and many holes of the kernel were
    /// found there.
    ///
    /// ## What stops it
    ///
    /// A seccomp profile made for the workload. Default profiles of newer engines (Docker 25, containerd 2)
    /// leave it out; older ones let it through. So may the kernel's own switch, kernel.io_uring_disabled.
    "io-uring",
    threats: &["container-breakout"],
    controls: &["generated-profile"],
    ids: &["attack:T1068"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let attempt = |flags: u32| {
        // Two counts, flags, and what the kernel fills in.
        let how = Memory::new().u32(0).u32(0).u32(flags).raw(&[0; 108]);
        vec![primitive(call("io_uring_setup", libc::SYS_io_uring_setup, vec![1.into(), how.into()]))]
    };
    const CLAMP: u32 = 1 << 4;
    let ways = vec![variant("setup", attempt(0)), variant("setup-clamped", attempt(CLAMP))];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel has no io_uring")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call("epoll_create1", libc::SYS_epoll_create1, vec![0.into()])]
}

use crate::call::{call, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process takes over the page faults of its own memory.
    ///
    /// ## What it tries
    ///
    /// To open a descriptor of page faults with userfaultfd, for all faults and for those of programs alone,
    /// and to close it.
    ///
    /// ## Why it matters
    ///
    /// With it an attacker stops the kernel in the middle of its work for as long as needed: it makes races
    /// of the kernel easy to win.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile.
    "userfaultfd",
    threats: &["kernel-vulnerability", "container-breakout"],
    controls: &["seccomp"],
    ids: &["attack:T1068"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const USER_MODE_ONLY: i32 = 1;
    let attempt = |flags: i32| {
        vec![primitive(call("userfaultfd", libc::SYS_userfaultfd, vec![(flags | libc::O_CLOEXEC).into()]))]
    };
    let ways = vec![variant("all-faults", attempt(0)), variant("user-mode-only", attempt(USER_MODE_ONLY))];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel has no userfaultfd")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call("madvise", libc::SYS_madvise, vec![0.into(), 0.into(), libc::MADV_NORMAL.into()])]
}

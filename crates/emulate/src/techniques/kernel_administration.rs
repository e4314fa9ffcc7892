use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process administers the machine: its swap, its accounting.
    ///
    /// ## What it tries
    ///
    /// To swap to a file and to write an account of processes to a file, neither of which exists, as the
    /// kernel says once it has let the caller in.
    ///
    /// ## Why it matters
    ///
    /// Swap of an attacker receives the memory of others; accounts tell what everybody runs.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN and CAP_SYS_PACCT, each by itself.
    "kernel-administration",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN", "SYS_PACCT"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let path = format!("/dev/{}", place.named("nothing"));
    let nowhere = &[libc::ENOENT];
    let swap = call("swapon", libc::SYS_swapon, vec![path.as_str().into(), 0.into()]);
    let account = call("acct", libc::SYS_acct, vec![path.as_str().into()]);
    let ways = vec![
        variant("swap", vec![primitive(swap).let_through_by(nowhere)]),
        variant("accounting", vec![primitive(account).let_through_by(nowhere)]),
    ];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel cannot do that")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/meminfo", libc::O_RDONLY)]
}

use crate::call::{primitive, socket};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process opens a kind of socket that programs of containers do not use.
    ///
    /// ## What it tries
    ///
    /// To open a socket to the machine that this one is a guest of (vsock), and one to the kernel's ciphers.
    /// Nothing is sent.
    ///
    /// ## Why it matters
    ///
    /// What few use has holes that few have seen; vsock talks to services of the host past every network
    /// policy.
    ///
    /// ## What stops it
    ///
    /// A seccomp profile made for the workload. Default profiles of some newer engines leave vsock out; older
    /// ones let both through.
    "rare-socket",
    threats: &["container-breakout"],
    controls: &["generated-profile"],
    ids: &["attack:T1068"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let kinds =
        [("vsock", libc::AF_VSOCK, libc::SOCK_STREAM), ("ciphers", libc::AF_ALG, libc::SOCK_SEQPACKET)];
    let way = |(name, family, kind)| {
        let steps = vec![primitive(socket(family, kind, 0))];
        variant(name, steps).missing(&[libc::EAFNOSUPPORT], "this kernel has no such sockets")
    };
    kinds.map(way).into()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

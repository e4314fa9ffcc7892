use crate::call::{primitive, socket};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process makes up the packets that it sends.
    ///
    /// ## What it tries
    ///
    /// To open sockets that send and receive packets as they are, in both versions of the protocol. Nothing
    /// is sent.
    ///
    /// ## Why it matters
    ///
    /// Packets with the address of another container lead its traffic to the attacker.
    ///
    /// ## What stops it
    ///
    /// The lack of CAP_NET_RAW, which runtimes give by default, and which few programs need.
    "raw-socket",
    threats: &["container-mitm"],
    controls: &["least-capability"],
    capabilities: &["NET_RAW"],
    ids: &["attack:T1557.002"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let attempt = |family: i32, protocol: i32| vec![primitive(socket(family, libc::SOCK_RAW, protocol))];
    vec![
        variant("ipv4", attempt(libc::AF_INET, libc::IPPROTO_ICMP)),
        variant("ipv6", attempt(libc::AF_INET6, libc::IPPROTO_ICMPV6))
            .missing(&[libc::EAFNOSUPPORT], "this kernel has no IPv6"),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_DGRAM, 0)]
}

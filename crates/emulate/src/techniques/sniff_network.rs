use crate::call::{primitive, socket};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use tyrian_model::evidence::Layer;

technique! {
    /// A container listens to what others send.
    ///
    /// ## What it tries
    ///
    /// To open a socket that gets every frame of the network (`AF_PACKET`), in its two forms. Nothing is read from
    /// them.
    ///
    /// ## Why it matters
    ///
    /// Passwords, tokens and sessions go by, and the same socket sends forged packets.
    ///
    /// ## What stops it
    ///
    /// The lack of `CAP_NET_RAW`, which runtimes give unless they are told not to.
    "sniff-network",
    layer: Layer::Network,
    threats: &["container-mitm"],
    controls: &["least-capability"],
    capabilities: &["NET_RAW"],
    ids: &["attack:T1040"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let every = i32::from((libc::ETH_P_ALL as u16).to_be());
    vec![
        variant("packet-raw", vec![primitive(socket(libc::AF_PACKET, libc::SOCK_RAW, every))]),
        variant("packet-datagram", vec![primitive(socket(libc::AF_PACKET, libc::SOCK_DGRAM, every))]),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)]
}

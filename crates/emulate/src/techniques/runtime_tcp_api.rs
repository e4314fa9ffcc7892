use crate::call::{socket, tcp};
use crate::program::Step;
use crate::technique::{NEIGHBOUR_ENGINE_PORT, Place, Variant, variant};

technique! {
    /// A container talks to an engine over the network.
    ///
    /// ## What it tries
    ///
    /// To connect to the port where engines listen without a password, on a stand-in. Nothing is
    /// asked.
    ///
    /// ## Why it matters
    ///
    /// An engine that listens on the network does whatever it is told by whoever reaches it, as root of its
    /// host.
    ///
    /// ## What stops it
    ///
    /// A network that lets the container reach what it needs and no more. On the engine's side, certificates
    /// for both ends.
    "runtime-tcp-api",
    threats: &["lateral-movement"],
    controls: &["network-least-privilege"],
    ids: &["attack:T1133", "attack:T1610"],
}

fn variants(place: &Place) -> Vec<Variant> {
    vec![variant("engine", tcp(place.neighbour, NEIGHBOUR_ENGINE_PORT))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

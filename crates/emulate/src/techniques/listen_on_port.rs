use crate::call::{bind, listen, part, primitive, reach, socket};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use std::net::Ipv4Addr;
use tyrian_model::evidence::Layer;

technique! {
    /// Something new listens: a back door that waits to be knocked at.
    ///
    /// ## What it tries
    ///
    /// To listen at the port of SSH, at 2222 and at 31337, on every address, and to accept nobody. The attempt is over
    /// within thousandths of a second.
    ///
    /// ## Why it matters
    ///
    /// Other containers reach it, and where ports are published the world does.
    ///
    /// ## What stops it
    ///
    /// A network that lets nobody in but to the service's own ports, which is tried from the other side. No setting of
    /// the container keeps it from listening.
    "listen-on-port",
    layer: Layer::Network,
    threats: &["backdoor"],
    ids: &["attack:T1021.004", "attack:T1571"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let at = |name, port| {
        // A port that is taken was asked for by somebody who may have it.
        let bound = bind("socket", Ipv4Addr::UNSPECIFIED, port).let_through_by(&[libc::EADDRINUSE]);
        let steps = vec![
            part(socket(libc::AF_INET, libc::SOCK_STREAM, 0)).named("socket"),
            reach(bound),
            primitive(listen("socket")),
        ];
        variant(name, steps)
    };
    vec![at("port-22", 22), at("port-2222", 2222), at("port-31337", 31337)]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

use crate::call::{primitive, send, socket, tcp};
use crate::program::Step;
use crate::technique::{Condition, NEIGHBOUR_PORT, Place, Variant, variant};
use tyrian_model::evidence::Layer;

technique! {
    /// A container works for a mining pool.
    ///
    /// ## What it tries
    ///
    /// To connect to the neighbour on the lab's network, which stands for the pool, at ports that pools use, where it
    /// refuses, which shows that it was reached; and to send the first line of the pools' protocol to the port where it
    /// listens. Nothing is computed.
    ///
    /// ## Why it matters
    ///
    /// It is what most taken containers are used for, and whoever can do it can do worse.
    ///
    /// ## What stops it
    ///
    /// A network that lets out only what is needed.
    "mine-for-others",
    layer: Layer::Network,
    threats: &["resource-hijack", "internet-egress"],
    controls: &["network-least-privilege"],
    detections: &["detect-system-binary-egress"],
    ids: &["attack:T1496.001"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let pool = |name, port| {
        let mut steps = tcp(place.neighbour, port);
        if let Some(connect) = steps.last_mut() {
            connect.let_through.push(libc::ECONNREFUSED);
        }
        variant(name, steps).on(Condition::Outside)
    };
    let greeting = format!("{{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"{}\"]}}\n", place.mark);
    let mut stratum = tcp(place.neighbour, NEIGHBOUR_PORT);
    stratum.push(primitive(send("socket", greeting.as_bytes(), None)));
    vec![
        pool("port-3333", 3333),
        pool("port-14444", 14444),
        variant("stratum", stratum).on(Condition::Outside),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

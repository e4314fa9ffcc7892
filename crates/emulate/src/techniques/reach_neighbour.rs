use crate::call::{PATIENCE, connect, give_up_after, part, primitive, reach, receive, send, socket, tcp};
use crate::program::{Memory, Step};
use crate::technique::{NEIGHBOUR_PORT, Place, Variant, variant};
use tyrian_model::evidence::Layer;

technique! {
    /// From one container into another on the same network.
    ///
    /// ## What it tries
    ///
    /// To connect to the neighbour on the lab's network and to send it a line with the mark; and to send it a datagram.
    ///
    /// ## Why it matters
    ///
    /// Containers of one bridge usually trust one another, and their services ask for no password.
    ///
    /// ## What stops it
    ///
    /// A network in which containers reach only those that they need, or none.
    "reach-neighbour",
    layer: Layer::Network,
    threats: &["lateral-movement", "unintended-service-traffic"],
    controls: &["network-least-privilege"],
    ids: &["attack:T1210"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let mut connection = tcp(place.neighbour, NEIGHBOUR_PORT);
    connection.push(primitive(send("socket", place.mark.as_bytes(), None)));
    // Nobody needs to listen: that the neighbour refuses shows as well that it was reached.
    let datagram = vec![
        part(socket(libc::AF_INET, libc::SOCK_DGRAM, 0)).named("socket"),
        part(give_up_after("socket", libc::SO_RCVTIMEO, PATIENCE)),
        part(connect("socket", place.neighbour, 9)),
        part(send("socket", place.mark.as_bytes(), None)),
        reach(receive("socket", "answer", 64)).let_through_by(&[libc::ECONNREFUSED]),
    ];
    vec![
        variant("connection", connection),
        variant("datagram", datagram).sharing("answer", Memory::zeros(64)),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

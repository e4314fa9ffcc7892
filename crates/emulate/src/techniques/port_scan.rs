use crate::call::{
    PATIENCE, await_writable, connect, duplicate, give_up_after, part, reach, receive, send, socket,
};
use crate::program::{Memory, Step};
use crate::technique::{NEIGHBOUR_PORT, Place, Variant, variant};
use tyrian_model::evidence::Layer;

technique! {
    /// A taken container looks for services of others.
    ///
    /// ## What it tries
    ///
    /// To connect to twelve ports of the neighbour on the lab's network at once, without waiting, and to see which of
    /// them is open; and to send datagrams to some, to see which are refused. No other address is asked.
    ///
    /// ## Why it matters
    ///
    /// It is how an attacker finds the database without a password and the port of the engine.
    ///
    /// ## What stops it
    ///
    /// A network in which containers reach only those that they need.
    "port-scan",
    layer: Layer::Network,
    threats: &["port-scan", "lateral-movement"],
    controls: &["network-least-privilege"],
    ids: &["attack:T1046"],
}

const PORTS: [u16; 12] = [22, 80, 443, 2375, 2379, 3306, 5432, 6379, 6443, 8080, 10250, NEIGHBOUR_PORT];
const DATAGRAMS: [u16; 4] = [69, 123, 161, 500];
const WATCHED: i32 = 77;

fn variants(place: &Place) -> Vec<Variant> {
    let started = |port| {
        let socket = socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_NONBLOCK, 0);
        let connect = connect("socket", place.neighbour, port);
        [part(socket).named("socket"), part(connect.let_through_by(&[libc::EINPROGRESS, libc::ECONNREFUSED]))]
    };
    let mut scan: Vec<Step> = PORTS.iter().flat_map(|port| started(*port)).collect();
    scan.push(part(duplicate("socket", WATCHED)));
    scan.push(part(await_writable(WATCHED, PATIENCE)));
    // The last one listens: asked again, its connection says that it is there.
    let again = connect("socket", place.neighbour, NEIGHBOUR_PORT);
    scan.push(reach(again.let_through_by(&[libc::EISCONN])));
    let asked = |port| {
        [
            part(socket(libc::AF_INET, libc::SOCK_DGRAM, 0)).named("socket"),
            part(connect("socket", place.neighbour, port)),
            part(send("socket", place.mark.as_bytes(), None)),
        ]
    };
    let mut datagrams: Vec<Step> = DATAGRAMS.iter().flat_map(|port| asked(*port)).collect();
    datagrams.push(part(give_up_after("socket", libc::SO_RCVTIMEO, PATIENCE)));
    datagrams.push(reach(receive("socket", "answer", 64)).let_through_by(&[libc::ECONNREFUSED]));
    vec![variant("connections", scan), variant("datagrams", datagrams).sharing("answer", Memory::zeros(64))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

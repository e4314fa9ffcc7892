use crate::call::{PATIENCE, connect, give_up_after, part, process_name, reach, receive, send, socket, tcp};
use crate::program::{Memory, Step};
use crate::technique::{Condition, NEIGHBOUR_PORT, Place, Variant, variant};
use tyrian_model::evidence::Layer;

technique! {
    /// A program of the system connects to somebody outside.
    ///
    /// ## What it tries
    ///
    /// To connect to the neighbour on the lab's network, which stands for the world, in a process that is called as
    /// programs are that a service has no reason to start: `curl`, `python3`, `java`, `ssh`. And to send a datagram. It
    /// is the probe throughout; nothing is fetched.
    ///
    /// ## Why it matters
    ///
    /// Tools come in and data goes out by it, and orders for what was left behind.
    ///
    /// ## What stops it
    ///
    /// A network that lets out only what is needed.
    "system-program-egress",
    layer: Layer::Network,
    threats: &["internet-egress", "data-exfiltration"],
    controls: &["network-least-privilege"],
    detections: &["detect-system-binary-egress"],
    ids: &["attack:T1071", "attack:T1105"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let named = |name| {
        let mut steps = vec![process_name(name)];
        steps.extend(tcp(place.neighbour, NEIGHBOUR_PORT));
        variant(name, steps).on(Condition::Outside)
    };
    // Nobody needs to listen: that the neighbour refuses shows as well that it was reached.
    let datagram = vec![
        process_name("socat"),
        part(socket(libc::AF_INET, libc::SOCK_DGRAM, 0)).named("socket"),
        part(give_up_after("socket", libc::SO_RCVTIMEO, PATIENCE)),
        part(connect("socket", place.neighbour, 9)),
        part(send("socket", place.mark.as_bytes(), None)).let_through_by(&[libc::ECONNREFUSED]),
        reach(receive("socket", "answer", 64)).let_through_by(&[libc::ECONNREFUSED]),
    ];
    vec![
        named("curl"),
        named("python3"),
        named("java"),
        named("ssh"),
        variant("datagram", datagram).sharing("answer", Memory::zeros(64)).on(Condition::Outside),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}

use crate::call::{PATIENCE, connect, give_up_after, part, reach, receive, send, socket, tcp};
use crate::program::{Memory, Step};
use crate::technique::{Condition, Place, Variant, variant};
use tyrian_model::evidence::Layer;

technique! {
    /// Data leaves, and orders come, in questions to the name service.
    ///
    /// ## What it tries
    ///
    /// To ask the neighbour on the lab's network, which stands for a name server outside, for a text record whose name
    /// carries the mark, and for the services of a cluster; and to connect to its port 53. That it refuses shows as well
    /// that it was reached.
    ///
    /// ## Why it matters
    ///
    /// Names are let through where nothing else is.
    ///
    /// ## What stops it
    ///
    /// A network that lets questions go to the name server of the platform alone.
    "dns-tunnel",
    layer: Layer::Network,
    threats: &["data-exfiltration", "internet-egress"],
    controls: &["network-least-privilege"],
    ids: &["attack:T1071.004", "attack:T1048.003"],
}

/// A question of the name service, with the labels of the name and the type of the record.
fn question(labels: &[&str], kind: u16) -> Vec<u8> {
    const ID: u16 = 0x7479;
    const RECURSION: u16 = 0x0100;
    let mut bytes = Vec::new();
    for field in [ID, RECURSION, 1, 0, 0, 0] {
        bytes.extend(field.to_be_bytes());
    }
    for label in labels {
        // A label has at most 63 bytes.
        let label = label.as_bytes().get(..label.len().min(63)).unwrap_or_default();
        bytes.push(label.len() as u8);
        bytes.extend(label);
    }
    bytes.push(0);
    for field in [kind, 1] {
        bytes.extend(field.to_be_bytes());
    }
    bytes
}

fn variants(place: &Place) -> Vec<Variant> {
    const TEXT: u16 = 16;
    const SERVICE: u16 = 33;
    let asks = |name, labels: &[&str], kind| {
        let steps = vec![
            part(socket(libc::AF_INET, libc::SOCK_DGRAM, 0)).named("socket"),
            part(give_up_after("socket", libc::SO_RCVTIMEO, PATIENCE)),
            part(connect("socket", place.neighbour, 53)),
            part(send("socket", &question(labels, kind), None)),
            reach(receive("socket", "answer", 512)).let_through_by(&[libc::ECONNREFUSED]),
        ];
        variant(name, steps).sharing("answer", Memory::zeros(512)).on(Condition::Outside)
    };
    let mut connection = tcp(place.neighbour, 53);
    if let Some(connect) = connection.last_mut() {
        connect.let_through.push(libc::ECONNREFUSED);
    }
    vec![
        asks("text-record", &[&place.mark, "example", "invalid"], TEXT),
        asks("service-records", &["any", "any", "svc", "cluster", "local"], SERVICE),
        variant("connection", connection).on(Condition::Outside),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_DGRAM, 0)]
}

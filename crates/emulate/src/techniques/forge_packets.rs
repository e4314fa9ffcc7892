use crate::call::{address, primitive, reach, send, socket};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};
use std::net::Ipv4Addr;
use tyrian_model::evidence::Layer;

technique! {
    /// A container says that it is somebody else on the network, so that it gets what is meant for him.
    ///
    /// ## What it tries
    ///
    /// To send one ARP answer on the lab's bridge, about an address of the range for documentation, which nobody has;
    /// and one IP packet to the neighbour with such an address as its sender.
    ///
    /// ## Why it matters
    ///
    /// On a bridge whoever answers first is believed: what two containers say to each other goes through the third.
    ///
    /// ## What stops it
    ///
    /// The lack of `CAP_NET_RAW`, which runtimes give unless they are told not to.
    "forge-packets",
    layer: Layer::Network,
    threats: &["container-mitm"],
    controls: &["least-capability"],
    capabilities: &["NET_RAW"],
    ids: &["attack:T1557.002"],
}

/// An address that nobody has: 192.0.2.0/24 is for documentation.
const NOBODY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 66);
/// An address of a network card that is given to nobody.
const CARD: [u8; 6] = [0x02, 0, 0, 0, 0, 0x66];

/// An Ethernet frame to all: NOBODY is at CARD.
fn answer() -> Vec<u8> {
    let mut frame = [&[0xff; 6], &CARD[..]].concat();
    // ARP; Ethernet, IPv4, lengths of their addresses, an answer.
    for field in [0x0806u16, 1, 0x0800, 0x0604, 2] {
        frame.extend(field.to_be_bytes());
    }
    for _ in 0..2 {
        frame.extend(CARD);
        frame.extend(NOBODY.octets());
    }
    frame
}

/// An IP packet with a datagram of eight bytes in it, from NOBODY to the port for what is to be thrown away.
fn packet(to: Ipv4Addr) -> Vec<u8> {
    // Version and length of the header, 28 bytes in all; the kernel adds the sum.
    let mut bytes = vec![0x45, 0, 0, 28, 0x74, 0x79, 0, 0, 8, libc::IPPROTO_UDP as u8, 0, 0];
    bytes.extend(NOBODY.octets());
    bytes.extend(to.octets());
    for field in [9u16, 9, 8, 0] {
        bytes.extend(field.to_be_bytes());
    }
    bytes
}

/// The old form of address of a packet socket, which has the name of the card in it.
fn card(name: &str) -> Memory {
    let mut device = [0u8; 14];
    for (place, byte) in device.iter_mut().zip(name.bytes().take(13)) {
        *place = byte;
    }
    Memory::new().u16(libc::AF_PACKET as u16).raw(&device).u16(0x0806u16.to_be())
}

fn variants(place: &Place) -> Vec<Variant> {
    let arp = i32::from(0x0806u16.to_be());
    vec![
        variant(
            "arp-answer",
            vec![
                reach(socket(libc::AF_PACKET, SOCK_PACKET, arp)).named("socket"),
                primitive(send("socket", &answer(), Some(card("eth0")))),
            ],
        )
        .missing(&[libc::ENODEV, libc::ENXIO], "the clone has no eth0"),
        variant(
            "ip-sender",
            vec![
                reach(socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_RAW)).named("socket"),
                primitive(send("socket", &packet(place.neighbour), Some(address(place.neighbour, 0)))),
            ],
        ),
    ]
}

/// The kind of socket whose addresses name a card.
const SOCK_PACKET: i32 = 10;

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)]
}

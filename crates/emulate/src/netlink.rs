//! The lab's network: what the kernel is told over a routing socket, as steps of a program.
//!
//! The neighbour has a bridge in its network namespace, with its own address on it. A clone has one end of a pair of
//! interfaces, of which the other end is on that bridge. Neither is ever in the machine's own namespace, and nothing
//! leads out.

use crate::call::{call, holds, result};
use crate::program::{Memory, Step};
use std::net::Ipv4Addr;

/// The neighbour's address.
pub(crate) const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 213, 0, 1);
/// The length of the network's prefix.
const PREFIX: u8 = 16;
/// The index of the bridge in the neighbour's namespace, and of a clone's interface in its own.
const INDEX: u32 = 100;
/// The index of the loopback interface in every namespace.
const LOOPBACK: u32 = 1;

const SOCKET: &str = "routing socket";
const SKIPPED: &str = "head of the answer";
const ANSWER: &str = "answer of the kernel";
const REST: &str = "rest of the answer";

/// Memory that the steps share.
pub(crate) fn memory() -> Vec<(&'static str, Memory)> {
    vec![(SKIPPED, Memory::zeros(16)), (ANSWER, Memory::zeros(4)), (REST, Memory::zeros(256))]
}

/// Loopback alone.
pub(crate) fn none() -> Vec<Step> {
    let mut steps = vec![socket()];
    steps.extend(ask(&up(LOOPBACK)));
    steps
}

/// The neighbour's: loopback and the bridge, which has the name that attempts look for.
pub(crate) fn bridge() -> Vec<Step> {
    let mut steps = none();
    let kind = attribute(libc::IFLA_INFO_KIND, b"bridge");
    // Without an address of its own it takes that of its lowest end: with each clone that comes or goes another one,
    // which the others would not know.
    let own = attribute(libc::IFLA_ADDRESS, &[2, 0x74, 0x79, 0x72, 0, 1]);
    let link = [name("eth0"), own, attribute(libc::IFLA_LINKINFO, &kind)].concat();
    steps.extend(ask(&new_link(INDEX, &link)));
    for own in [NEIGHBOUR].into_iter().chain(METADATA) {
        steps.extend(ask(&address(own)));
    }
    steps
}

/// Where clouds serve metadata: the neighbour stands for them there, in its own network namespace.
pub(crate) const METADATA: [Ipv4Addr; 2] =
    [Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(169, 254, 170, 2)];

/// A clone's on that bridge: `neighbour` is a process in the neighbour's namespace, as the caller sees it, and
/// `number` tells this clone from others.
pub(crate) fn joined(neighbour: u32, number: u16) -> Vec<Step> {
    let link = [
        name(&format!("clone{number}")),
        attribute(libc::IFLA_NET_NS_PID, &neighbour.to_ne_bytes()),
        attribute(libc::IFLA_MASTER, &INDEX.to_ne_bytes()),
        pair(INDEX, "eth0"),
    ]
    .concat();
    let mut steps = none();
    // The other end gets the index that is asked for only where this one has one too.
    steps.extend(ask(&new_link(1000 + u32::from(number), &link)));
    steps.extend(ask(&up(INDEX)));
    steps.extend(ask(&address(of(number))));
    steps.extend(ask(&address(beside_metadata(number))));
    steps
}

/// A clone's that reaches nobody: it has an address, and what it sends is lost. The other end of the pair is in the
/// same namespace, and nobody asks for hardware addresses.
pub(crate) fn isolated(number: u16) -> Vec<Step> {
    const OTHER: u32 = INDEX + 1;
    let mut steps = none();
    let link = [name("eth0"), pair(OTHER, "lost")].concat();
    let quiet = interface(INDEX, (libc::IFF_UP | libc::IFF_NOARP) as u32);
    steps.extend(ask(&created(&[&quiet[..], &link].concat())));
    steps.extend(ask(&up(OTHER)));
    steps.extend(ask(&address(of(number))));
    steps
}

/// That a new interface is one of a pair, and its other end, which is not up yet.
fn pair(index: u32, other: &str) -> Vec<u8> {
    const PEER: u16 = 1;
    let peer = [&interface(index, 0)[..], &name(other)].concat();
    let kind =
        [attribute(libc::IFLA_INFO_KIND, b"veth"), attribute(libc::IFLA_INFO_DATA, &attribute(PEER, &peer))]
            .concat();
    attribute(libc::IFLA_LINKINFO, &kind)
}

/// The address of a clone.
fn of(number: u16) -> Ipv4Addr {
    let [high, low] = number.saturating_add(2).to_be_bytes();
    let [a, b, _, _] = NEIGHBOUR.octets();
    Ipv4Addr::new(a, b, high, low)
}

/// Its address on the link of the metadata service, which is none of that service's.
fn beside_metadata(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(169, 254, high % 128 + 1, low)
}

fn socket() -> Step {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    call("socket", libc::SYS_socket, vec![libc::AF_NETLINK.into(), kind.into(), libc::NETLINK_ROUTE.into()])
        .named(SOCKET)
}

/// Sends one message; the kernel's answer must be that all is well.
fn ask(message: &[u8]) -> Vec<Step> {
    let count = message.len() as u64;
    let parts = Memory::new().shared(SKIPPED).u64(16).shared(ANSWER).u64(4).shared(REST).u64(256);
    vec![
        call(
            "sendto",
            libc::SYS_sendto,
            vec![result(SOCKET), Memory::bytes(message).into(), count.into(), 0.into(), 0.into(), 0.into()],
        ),
        call("readv", libc::SYS_readv, vec![result(SOCKET), parts.into(), 3.into()]),
        holds(ANSWER, &[0; 4]),
    ]
}

/// A message with its head, which asks for an answer.
fn message(kind: u16, flags: i32, body: &[u8]) -> Vec<u8> {
    let flags = (flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
    let mut bytes = (body.len() as u32 + 16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend(body);
    bytes
}

const UP: u32 = libc::IFF_UP as u32;

/// `struct ifinfomsg` of an interface with these flags.
fn interface(index: u32, flags: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (at, field) in [(4, index), (8, flags), (12, flags)] {
        if let Some(place) = bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&field.to_ne_bytes());
        }
    }
    bytes
}

fn up(index: u32) -> Vec<u8> {
    message(libc::RTM_NEWLINK, 0, &interface(index, UP))
}

/// A new interface that is up.
fn new_link(index: u32, attributes: &[u8]) -> Vec<u8> {
    created(&[&interface(index, UP)[..], attributes].concat())
}

fn created(body: &[u8]) -> Vec<u8> {
    message(libc::RTM_NEWLINK, libc::NLM_F_CREATE | libc::NLM_F_EXCL, body)
}

/// The address of the interface of that index.
fn address(of: Ipv4Addr) -> Vec<u8> {
    let mut body = vec![libc::AF_INET as u8, PREFIX, 0, 0];
    body.extend(INDEX.to_ne_bytes());
    body.extend(attribute(libc::IFA_LOCAL, &of.octets()));
    body.extend(attribute(libc::IFA_ADDRESS, &of.octets()));
    message(libc::RTM_NEWADDR, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body)
}

fn name(name: &str) -> Vec<u8> {
    attribute(libc::IFLA_IFNAME, &[name.as_bytes(), &[0]].concat())
}

/// An attribute: its length, its kind, what it holds, and zeros to a multiple of four.
fn attribute(kind: u16, holds: &[u8]) -> Vec<u8> {
    let mut bytes = (holds.len() as u16 + 4).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(holds);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

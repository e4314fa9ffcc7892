use crate::call::call;
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::ask_engine;

technique! {
    /// A container talks to the engine that runs it, by a socket that is mounted into it.
    ///
    /// ## What it tries
    ///
    /// To connect to the socket and ask the engine whether it is there, by the path of the socket and through
    /// a link of the kernel. The socket is a stub, which records the request and does nothing.
    ///
    /// ## Why it matters
    ///
    /// Who can talk to the engine can start a container that has the whole host.
    ///
    /// ## What stops it
    ///
    /// No socket of a runtime is mounted into the container. A user other than root holds too where the
    /// socket belongs to root and its group.
    "runtime-socket-ping",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1613"],
}

fn variants(place: &Place) -> Vec<Variant> {
    ask_engine(place, "GET /_ping", "")
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

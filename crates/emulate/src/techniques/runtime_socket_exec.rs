use crate::call::call;
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::ask_engine;

technique! {
    /// A container has the engine start a program in another container.
    ///
    /// ## What it tries
    ///
    /// To ask the engine to start a program in a container that cannot exist. The socket is a stub, which
    /// records the request and does nothing.
    ///
    /// ## Why it matters
    ///
    /// Every other container of the engine is open to who can do that, with its data and its secrets.
    ///
    /// ## What stops it
    ///
    /// No socket of a runtime is mounted into the container. A user other than root holds too where the
    /// socket belongs to root and its group.
    "runtime-socket-exec",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1609"],
}

fn variants(place: &Place) -> Vec<Variant> {
    ask_engine(place, &format!("POST /v1.24/containers/{}/exec", place.mark), r#"{"Cmd":["true"]}"#)
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

use crate::call::call;
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::ask_engine;

technique! {
    /// A container has the engine make another container.
    ///
    /// ## What it tries
    ///
    /// To ask the engine for a new container, of an image that cannot exist. The socket is a stub, which
    /// records the request and does nothing.
    ///
    /// ## Why it matters
    ///
    /// The new container runs what the attacker wants, with the attacker's settings and no limit of the first
    /// one.
    ///
    /// ## What stops it
    ///
    /// No socket of a runtime is mounted into the container. A user other than root holds too where the
    /// socket belongs to root and its group.
    "runtime-socket-create",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1610"],
}

fn variants(place: &Place) -> Vec<Variant> {
    ask_engine(
        place,
        &format!("POST /v1.24/containers/create?name={}", place.mark),
        &format!(r#"{{"Image":"{}"}}"#, place.mark),
    )
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

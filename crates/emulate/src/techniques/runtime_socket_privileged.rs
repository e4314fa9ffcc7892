use crate::call::call;
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::ask_engine;

technique! {
    /// A container has the engine make a privileged container.
    ///
    /// ## What it tries
    ///
    /// To ask the engine for a privileged container that shares the host's processes, of an image that cannot
    /// exist. The socket is a stub, which records the request and does nothing.
    ///
    /// ## Why it matters
    ///
    /// A privileged container has every capability and every device: it is the host.
    ///
    /// ## What stops it
    ///
    /// No socket of a runtime is mounted into the container. A user other than root holds too where the
    /// socket belongs to root and its group.
    "runtime-socket-privileged",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1610", "attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    ask_engine(
        place,
        &format!("POST /v1.24/containers/create?name={}", place.mark),
        &format!(r#"{{"Image":"{}","HostConfig":{{"Privileged":true,"PidMode":"host"}}}}"#, place.mark),
    )
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

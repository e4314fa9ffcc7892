use crate::call::call;
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::ask_engine;

technique! {
    /// A container has the engine make one without filters.
    ///
    /// ## What it tries
    ///
    /// To ask the engine for a container without seccomp and without AppArmor, of an image that cannot exist.
    /// The socket is a stub, which records the request and does nothing.
    ///
    /// ## Why it matters
    ///
    /// Without its filters the kernel offers the new container everything that it offers to programs of the
    /// host.
    ///
    /// ## What stops it
    ///
    /// No socket of a runtime is mounted into the container. A user other than root holds too where the
    /// socket belongs to root and its group.
    "runtime-socket-unconfined",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1610"],
}

fn variants(place: &Place) -> Vec<Variant> {
    ask_engine(
        place,
        &format!("POST /v1.24/containers/create?name={}", place.mark),
        &format!(
            r#"{{"Image":"{}","HostConfig":{{"SecurityOpt":["seccomp=unconfined","apparmor=unconfined"]}}}}"#,
            place.mark
        ),
    )
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

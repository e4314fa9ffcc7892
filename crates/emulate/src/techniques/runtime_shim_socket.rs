use crate::call::{call, connect_unix, reach, socket};
use crate::program::{Memory, Step};
use crate::technique::{NEIGHBOUR_SHIM, Place, Variant, variant};

technique! {
    /// A container talks to the shim that runs it, over a socket without a file.
    ///
    /// ## What it tries
    ///
    /// To connect to an abstract socket, as shims of containers had them, on a stand-in. Nothing is asked.
    ///
    /// ## Why it matters
    ///
    /// The shim starts programs on the host, with whatever rights it is told. Its sockets without files are
    /// seen by everything in the same network namespace.
    ///
    /// ## What stops it
    ///
    /// A network namespace of its own. Shims of current versions have sockets with files, which is judged by
    /// their version.
    "runtime-shim-socket",
    threats: &["container-breakout", "lateral-movement"],
    controls: &["quarantine"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let steps = vec![
        socket(libc::AF_UNIX, libc::SOCK_STREAM, 0).named("shim"),
        reach(connect_unix("shim", NEIGHBOUR_SHIM)),
    ];
    vec![variant("abstract", steps)]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

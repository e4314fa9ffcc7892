use crate::call::{call, connect_unix, reach, socket};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A container talks to a runtime other than Docker.
    ///
    /// ## What it tries
    ///
    /// To connect to the sockets of containerd, CRI-O and Podman at their usual places. Nothing is asked of
    /// them.
    ///
    /// ## Why it matters
    ///
    /// These sockets ask for no password: who can connect can start containers on the host.
    ///
    /// ## What stops it
    ///
    /// No socket of a runtime is mounted into the container. Where none is, there is nothing to attempt.
    "runtime-socket-other",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1610"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let sockets = [
        ("containerd", "/run/containerd/containerd.sock"),
        ("containerd-k3s", "/run/k3s/containerd/containerd.sock"),
        ("cri-o", "/run/crio/crio.sock"),
        ("podman", "/run/podman/podman.sock"),
    ];
    let way = |(name, path)| {
        let steps = vec![
            socket(libc::AF_UNIX, libc::SOCK_STREAM, 0).named("runtime"),
            reach(connect_unix("runtime", path)),
        ];
        variant(name, steps).missing_file("no such socket is mounted into the container")
    };
    sockets.map(way).into()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "socketpair",
        libc::SYS_socketpair,
        vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into(), Memory::zeros(8).into()],
    )]
}

use crate::call::{call, open, part, reach, result};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The runtime's own program is opened for writing while it runs in the container.
    ///
    /// ## What it tries
    ///
    /// To open the program of a process of the host for writing, by its link in /proc and by a descriptor
    /// that was opened without any right. The process is a stand-in, and nothing is written.
    ///
    /// ## Why it matters
    ///
    /// The runtime runs as root of the host; who overwrites its program owns the next container that is
    /// started, and with it the host.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own, in which no process of the host is seen; a user other than root. A
    /// patched runtime hides its program, which is judged by its version.
    "runtime-binary-write",
    threats: &["process-hijack"],
    controls: &["pid-namespace", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let link = format!("/proc/{}/exe", place.neighbour_process);
    // A program that is running cannot be written to; who hears that was let in.
    let busy = &[libc::ETXTBSY];
    let duplicate =
        |to: i32| call("dup3", libc::SYS_dup3, vec![result("program"), to.into(), libc::O_CLOEXEC.into()]);
    vec![
        variant("link", vec![reach(open(&link, libc::O_WRONLY)).let_through_by(busy)]),
        variant(
            "descriptor",
            vec![
                part(open(&link, libc::O_PATH)).named("program"),
                part(duplicate(90)),
                reach(open("/proc/self/fd/90", libc::O_WRONLY)).let_through_by(busy),
            ],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/exe", libc::O_RDONLY)]
}

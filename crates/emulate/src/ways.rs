//! Steps that several techniques have in common.

use crate::call::{
    child, connect_unix, exec, exists, give_up_after, holds, mount, open, part, primitive, reach, read,
    socket, unshare, wait, write,
};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

/// A mount namespace of its own, from which nothing that is mounted there spreads to where it came from.
pub fn private_mounts() -> Vec<Step> {
    vec![part(unshare(libc::CLONE_NEWNS)), part(mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE))]
}

/// A path, and the same by a link of the kernel, which filters and rules that go by names do not know.
pub fn two_paths(path: &str, attempt: impl Fn(&str) -> Vec<Step>) -> Vec<Variant> {
    vec![
        variant("path", attempt(path)),
        variant("through-root-link", attempt(&format!("/proc/self/root{path}"))),
    ]
}

/// To open a file for writing that clones may lack for reasons of their own: there nothing is attempted, rather than
/// stopped.
pub fn open_if_there(path: &str) -> Vec<Step> {
    vec![exists(path), reach(open(path, libc::O_WRONLY))]
}

/// A request to the API of an engine, by both paths of its socket. It names an image or a container that cannot exist,
/// so that no engine would do what it asks for.
pub fn ask_engine(place: &Place, line: &str, body: &str) -> Vec<Variant> {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: engine\r\nUser-Agent: {}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        place.mark,
        body.len()
    );
    let ways = two_paths(&place.runtime_socket, |path| {
        vec![
            socket(libc::AF_UNIX, libc::SOCK_STREAM, 0).named("engine"),
            give_up_after("engine", libc::SO_RCVTIMEO, 2000),
            reach(connect_unix("engine", path)),
            part(write("engine", request.as_bytes())),
            part(read("engine", "answer", 256)),
            primitive(holds("answer", b"HTTP/1.")),
        ]
    });
    ways.into_iter().map(|way| way.sharing("answer", Memory::zeros(256))).collect()
}

/// A program that is started for an honest reason: the probe, which only ends.
pub fn honest_program(place: &Place) -> Vec<Step> {
    vec![child(vec![exec(&place.program(), &["probe", "true"])]).named("program"), wait("program")]
}

/// What programs write that nobody wants to keep.
pub fn honest_write(place: &Place) -> Vec<Step> {
    vec![open("/dev/null", libc::O_WRONLY).named("file"), write("file", place.mark.as_bytes())]
}

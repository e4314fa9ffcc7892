use crate::call::{effect, holds, open, part, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The environment of a process of the host is read.
    ///
    /// ## What it tries
    ///
    /// To read the environment of a process outside of the container, in which a canary stands, by its path
    /// and through a link of the kernel.
    ///
    /// ## Why it matters
    ///
    /// Passwords and tokens are often handed over in the environment.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own, in which no process of the outside is seen. A user other than root,
    /// where the process belongs to root.
    "host-process-environment",
    threats: &["process-hijack"],
    controls: &["pid-namespace", "non-root"],
    ids: &["attack:T1552.001"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let begin = format!("TYRIAN_CANARY={}", place.canary);
    let ways = two_paths(&format!("/proc/{}/environ", place.neighbour_process), |path| {
        vec![
            reach(open(path, libc::O_RDONLY)).named("file"),
            part(read("file", "text", begin.len())),
            effect(holds("text", begin.as_bytes())),
        ]
    });
    ways.into_iter().map(|way| way.sharing("text", Memory::zeros(begin.len()))).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/environ", libc::O_RDONLY)]
}

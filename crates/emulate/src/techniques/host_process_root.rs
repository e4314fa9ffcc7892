use crate::call::{open, reach};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The files of the host are reached through one of its processes.
    ///
    /// ## What it tries
    ///
    /// To open the root directory and the working directory of a process outside of the container. The
    /// process is a stand-in.
    ///
    /// ## Why it matters
    ///
    /// Behind those links lies the whole file system of the host, whatever is mounted into the container.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own, in which no process of the outside is seen. A user other than root,
    /// where the process belongs to root.
    "host-process-root",
    threats: &["process-hijack"],
    controls: &["pid-namespace", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let ways = ["root", "cwd"].map(|link| {
        let path = format!("/proc/{}/{link}", place.neighbour_process);
        variant(link, vec![reach(open(&path, libc::O_RDONLY | libc::O_DIRECTORY))])
    });
    ways.into()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/root", libc::O_RDONLY | libc::O_DIRECTORY)]
}

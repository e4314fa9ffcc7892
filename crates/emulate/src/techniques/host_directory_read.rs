use crate::call::{effect, holds, open, part, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// Files of the host are read.
    ///
    /// ## What it tries
    ///
    /// To read a canary in a directory that stands for one of the host, as it is mounted into the container.
    ///
    /// ## Why it matters
    ///
    /// The host's files hold its passwords and keys, and those of all containers.
    ///
    /// ## What stops it
    ///
    /// Nothing of the host is mounted into the container.
    "host-directory-read",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let ways = two_paths(&format!("{}/canary", place.host_directory), |path| {
        vec![
            reach(open(path, libc::O_RDONLY)).named("file"),
            part(read("file", "text", place.canary.len())),
            effect(holds("text", place.canary.as_bytes())),
        ]
    });
    ways.into_iter().map(|way| way.sharing("text", Memory::zeros(place.canary.len()))).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/", libc::O_RDONLY | libc::O_DIRECTORY)]
}

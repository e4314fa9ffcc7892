use crate::call::{effect, holds, open, part, primitive, read, revert, symlink, unlink};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A link is planted among files of the host, for a program of the host to follow.
    ///
    /// ## What it tries
    ///
    /// To make a symbolic link in a directory that stands for one of the host, to the canary beside it, to
    /// read the canary through it, and to remove it again.
    ///
    /// ## Why it matters
    ///
    /// The kubelet, for one, hands out what lies in the directory of logs: a link there to any file of the
    /// host hands out that file.
    ///
    /// ## What stops it
    ///
    /// Nothing of the host is mounted into the container, or only for reading.
    "host-directory-link",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let path = format!("{}/write-{}-link", place.host_directory, place.mark);
    let target = format!("{}/canary", place.host_directory);
    let followed = vec![
        primitive(symlink(&target, &path)),
        part(open(&path, libc::O_RDONLY)).named("file"),
        part(read("file", "text", place.canary.len())),
        effect(holds("text", place.canary.as_bytes())),
        revert(unlink(&path)),
    ];
    vec![variant("symbolic", followed).sharing("text", Memory::zeros(place.canary.len()))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/", libc::O_RDONLY | libc::O_DIRECTORY)]
}

use crate::call::{effect, mkdir, open, reach, revert, rmdir, unlink, write};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// Files of the host are written.
    ///
    /// ## What it tries
    ///
    /// To make a file, and a directory, in a directory that stands for one of the host, and to remove them
    /// again.
    ///
    /// ## Why it matters
    ///
    /// Who writes the host's start-up files, or those of its timers, is root of the host at the next tick.
    ///
    /// ## What stops it
    ///
    /// Nothing of the host is mounted into the container, or only for reading.
    "host-directory-write",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let path = format!("{}/write-{}", place.host_directory, place.mark);
    let directory = format!("{path}-directory");
    let flags = libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY;
    vec![
        variant(
            "file",
            vec![
                reach(open(&path, flags)).named("file"),
                effect(write("file", place.canary.as_bytes())),
                revert(unlink(&path)),
            ],
        ),
        variant("directory", vec![effect(mkdir(&directory)), revert(rmdir(&directory))]),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/", libc::O_RDONLY | libc::O_DIRECTORY)]
}

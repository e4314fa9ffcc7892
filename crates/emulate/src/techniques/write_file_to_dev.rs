use crate::call::{create, mkdir, primitive, reach, revert, rmdir, unlink, write};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// An ordinary file is put among the devices.
    ///
    /// ## What it tries
    ///
    /// To make a file in `/dev`, one whose name begins with a dot, and a directory, and to remove them.
    ///
    /// ## Why it matters
    ///
    /// `/dev` is memory that can be written to even where the root file system cannot, nobody looks there, and scanners
    /// of files pass it over.
    ///
    /// ## What stops it
    ///
    /// A user other than root.
    "write-file-to-dev",
    threats: &["backdoor", "process-hijack"],
    controls: &["non-root"],
    detections: &["detect-dev-write"],
    ids: &["attack:T1564.001"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let made = |name, path: &str| {
        let steps = vec![
            reach(create(path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)).named("file"),
            primitive(write("file", place.mark.as_bytes())),
            revert(unlink(path)),
        ];
        variant(name, steps)
    };
    let directory = format!("/dev/{}", place.named("directory"));
    vec![
        made("file", &format!("/dev/{}", place.named("file"))),
        made("hidden-file", &format!("/dev/.{}", place.mark)),
        variant("directory", vec![primitive(mkdir(&directory)), revert(rmdir(&directory))]),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

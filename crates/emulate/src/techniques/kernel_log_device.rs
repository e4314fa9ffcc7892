use crate::call::{mknod, open, part, reach, revert, unlink};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The log of the kernel is opened as a device.
    ///
    /// ## What it tries
    ///
    /// To make the device of the kernel's log and to open it for reading and for writing. Nothing is read or
    /// written.
    ///
    /// ## Why it matters
    ///
    /// The log tells addresses of the kernel and what happens to other containers; lines that are written
    /// into it mislead who reads it.
    ///
    /// ## What stops it
    ///
    /// The list of devices that runtimes give to a container; the lack of CAP_MKNOD; a user other than root.
    "kernel-log-device",
    threats: &["container-breakout"],
    controls: &["least-capability", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let attempt = |what: &str, flags: i32| {
        let path = format!("/dev/{}", place.named(what));
        vec![part(mknod(&path, libc::S_IFCHR, 1, 11)), reach(open(&path, flags)), revert(unlink(&path))]
    };
    vec![
        variant("read", attempt("log-read", libc::O_RDONLY)),
        variant("write", attempt("log-write", libc::O_WRONLY)),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/dev/null", libc::O_WRONLY)]
}

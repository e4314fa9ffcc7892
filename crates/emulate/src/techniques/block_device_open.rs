use crate::call::{mknod, open, part, reach, revert, unlink};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The disk of the host is opened as a device.
    ///
    /// ## What it tries
    ///
    /// To make block and character devices of numbers that nobody has, and to open them: the kernel then says
    /// that they do not exist, once it has let the caller in. No disk is touched.
    ///
    /// ## Why it matters
    ///
    /// Who can open the host's disk reads and writes every file of it, past all rights.
    ///
    /// ## What stops it
    ///
    /// The list of devices that runtimes give to a container; the lack of CAP_MKNOD; a user other than root.
    "block-device-open",
    threats: &["container-breakout"],
    controls: &["least-capability", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let attempt = |what: &str, kind: u32| {
        let path = format!("/dev/{}", place.named(what));
        // Numbers that are set aside for local use.
        vec![
            part(mknod(&path, kind, 60, 1)),
            reach(open(&path, libc::O_RDONLY)).let_through_by(&[libc::ENXIO]),
            revert(unlink(&path)),
        ]
    };
    vec![
        variant("block", attempt("disk", libc::S_IFBLK)),
        variant("character", attempt("device", libc::S_IFCHR)),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/dev/null", libc::O_RDONLY)]
}

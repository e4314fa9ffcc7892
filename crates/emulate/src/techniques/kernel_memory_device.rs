use crate::call::{mknod, open, part, reach, revert, unlink};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The memory of the machine is opened as a device.
    ///
    /// ## What it tries
    ///
    /// To make the devices of the machine's memory and of its ports and to open them for reading. Nothing is
    /// read.
    ///
    /// ## Why it matters
    ///
    /// The memory of the machine holds that of the kernel and of every container.
    ///
    /// ## What stops it
    ///
    /// The list of devices that runtimes give to a container; the lack of CAP_MKNOD and CAP_SYS_RAWIO; a user
    /// other than root.
    "kernel-memory-device",
    threats: &["container-breakout"],
    controls: &["least-capability", "non-root"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let attempt = |what: &str, minor: u32| {
        let path = format!("/dev/{}", place.named(what));
        vec![
            part(mknod(&path, libc::S_IFCHR, 1, minor)),
            reach(open(&path, libc::O_RDONLY)),
            revert(unlink(&path)),
        ]
    };
    let ways = vec![variant("memory", attempt("memory", 1)), variant("ports", attempt("ports", 4))];
    ways.into_iter().map(|way| way.missing(&[libc::ENXIO], "this kernel has no such device")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/dev/zero", libc::O_RDONLY)]
}

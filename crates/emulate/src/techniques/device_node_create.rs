use crate::call::{call, mknod, open, primitive, revert, unlink};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process makes a device for itself.
    ///
    /// ## What it tries
    ///
    /// To make another device that swallows what is written to it, and to remove it again.
    ///
    /// ## Why it matters
    ///
    /// A device that was made can be read and written by its number, whatever the directory /dev shows.
    ///
    /// ## What stops it
    ///
    /// The lack of CAP_MKNOD, which runtimes give by default, and which few programs need.
    "device-node-create",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    capabilities: &["MKNOD"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let path = format!("/dev/{}", place.named("node"));
    let mut ways =
        vec![variant("mknodat", vec![primitive(mknod(&path, libc::S_IFCHR, 1, 3)), revert(unlink(&path))])];
    #[cfg(target_arch = "x86_64")]
    {
        let path = format!("/dev/{}", place.named("older-node"));
        let (kind, device) = (libc::S_IFCHR | 0o600, libc::makedev(1, 3));
        let step = call("mknod", libc::SYS_mknod, vec![path.as_str().into(), kind.into(), device.into()]);
        ways.push(variant("mknod", vec![primitive(step), revert(unlink(&path))]));
    }
    ways
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/dev/null", libc::O_RDWR)]
}

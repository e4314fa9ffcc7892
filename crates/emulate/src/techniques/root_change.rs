use crate::call::{call, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// A process changes its root directory.
    ///
    /// ## What it tries
    ///
    /// To change the root directory to itself, by its path and through a link of the kernel.
    ///
    /// ## Why it matters
    ///
    /// With chroot and a directory that was kept open, a process gets out of a root directory that holds it
    /// only by chroot.
    ///
    /// ## What stops it
    ///
    /// The lack of CAP_SYS_CHROOT, which runtimes give by default, and which few programs need.
    "root-change",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    capabilities: &["SYS_CHROOT"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    two_paths("/", |path| vec![primitive(call("chroot", libc::SYS_chroot, vec![path.into()]))])
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call("chdir", libc::SYS_chdir, vec!["/".into()])]
}

use crate::call::{HERE, call, mount, open, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};
use crate::ways::private_mounts;

technique! {
    /// What is mounted read-only is made writable.
    ///
    /// ## What it tries
    ///
    /// To take read-only from the root file system, in a mount namespace of its own, by mount and by the
    /// newer mount_setattr. Nothing is written.
    ///
    /// ## Why it matters
    ///
    /// A read-only root file system holds only as long as nobody can mount.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "remount-writable",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let with = |attempt: Step| {
        let mut steps = private_mounts();
        steps.push(primitive(attempt));
        steps
    };
    // What is set, what is cleared, how it spreads, whose ids.
    let change = Memory::new().u64(0).u64(libc::MOUNT_ATTR_RDONLY).u64(0).u64(0);
    let arguments = vec![HERE.into(), "/".into(), 0.into(), change.into(), 32.into()];
    vec![
        variant("mount", with(mount("none", "/", "", libc::MS_REMOUNT | libc::MS_BIND))),
        variant("mount-setattr", with(call("mount_setattr", libc::SYS_mount_setattr, arguments))),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/mounts", libc::O_RDONLY)]
}

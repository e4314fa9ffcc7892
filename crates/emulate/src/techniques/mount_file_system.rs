use crate::call::{call, mkdir, mount, open, primitive, revert, rmdir, unmount};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A file system is mounted from inside the container.
    ///
    /// ## What it tries
    ///
    /// To mount an empty file system in memory with `mount`, and to open one with the newer `fsopen`, which filters
    /// that know only `mount` let through. Nothing of the host is mounted.
    ///
    /// ## Why it matters
    ///
    /// Who can mount can mount the host's disk, or the kernel's control files without their masks.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of `CAP_SYS_ADMIN`, each by itself; AppArmor's default
    /// profile too.
    "mount-file-system",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability", "mandatory-access-control"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let target = format!("/dev/shm/{}", place.named("mount"));
    vec![
        variant(
            "mount",
            vec![
                mkdir(&target),
                primitive(mount("none", &target, "tmpfs", 0)),
                revert(unmount(&target)),
                revert(rmdir(&target)),
            ],
        ),
        variant("fsopen", vec![primitive(call("fsopen", libc::SYS_fsopen, vec!["tmpfs".into(), 0.into()]))]),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/mounts", libc::O_RDONLY)]
}

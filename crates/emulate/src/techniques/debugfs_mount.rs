use crate::call::{call, mount, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::private_mounts;

technique! {
    /// The kernel's own files for developers are mounted from inside the container.
    ///
    /// ## What it tries
    ///
    /// To mount debugfs, tracefs and binfmt_misc in a mount namespace of its own, and to open debugfs by
    /// fsopen. Nothing in them is touched.
    ///
    /// ## Why it matters
    ///
    /// They show memory and disks of the host, trace every process, and decide what is started for a kind of
    /// program.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "debugfs-mount",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let mounted = |kind: &str| {
        let mut steps = private_mounts();
        steps.push(primitive(mount("none", "/proc", kind, 0)));
        steps
    };
    let ways = vec![
        variant("debugfs", mounted("debugfs")),
        variant("tracefs", mounted("tracefs")),
        variant("binfmt-misc", mounted("binfmt_misc")),
        variant(
            "fsopen",
            vec![primitive(call("fsopen", libc::SYS_fsopen, vec!["debugfs".into(), 0.into()]))],
        ),
    ];
    ways.into_iter().map(|way| way.missing(&[libc::ENODEV], "this kernel has no such file system")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/filesystems", libc::O_RDONLY)]
}

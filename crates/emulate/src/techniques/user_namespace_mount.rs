use crate::call::{call, mount, mount_with, open, primitive, reach, unshare};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process mounts a file system as root of a user namespace of its own.
    ///
    /// ## What it tries
    ///
    /// To make a user and a mount namespace, and to mount in them an empty file system in memory, by mount
    /// and by fsopen, and to ask for control groups. Nothing is mounted outside of them.
    ///
    /// ## Why it matters
    ///
    /// That is how a container without any capability reaches the kernel's mounts; control groups that were
    /// mounted so once led to the host.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile. It lets those through who hold CAP_SYS_ADMIN.
    "user-namespace-mount",
    threats: &["container-breakout", "kernel-vulnerability"],
    controls: &["seccomp"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let spaces = libc::CLONE_NEWUSER | libc::CLONE_NEWNS;
    vec![
        variant("mount", vec![reach(unshare(spaces)), primitive(mount("none", "/", "tmpfs", 0))]),
        variant(
            "fsopen",
            vec![
                reach(unshare(spaces)),
                primitive(call("fsopen", libc::SYS_fsopen, vec!["tmpfs".into(), 0.into()])),
            ],
        ),
        // Without a controller or a name the kernel refuses, after it has asked who wants it.
        variant(
            "control-groups",
            vec![
                reach(unshare(spaces | libc::CLONE_NEWCGROUP)),
                primitive(mount_with("none", "/", "cgroup", "none")).let_through_by(&[libc::EINVAL]),
            ],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/mounts", libc::O_RDONLY)]
}

use crate::call::{open, pidfd, primitive, reach, setns};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process of the container moves into the namespaces of a process outside.
    ///
    /// ## What it tries
    ///
    /// To open the namespaces of a process outside and to enter them with setns: its mounts, its network, and
    /// by a descriptor of the process several at once. The process is a stand-in.
    ///
    /// ## Why it matters
    ///
    /// In the mount namespace of the host's first process, the attacker is on the host.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own; and where that is shared, the runtime's default seccomp profile and
    /// the lack of CAP_SYS_ADMIN.
    "namespace-join",
    threats: &["process-hijack", "container-breakout"],
    controls: &["pid-namespace", "seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let file = |kind: &str| format!("/proc/{}/ns/{kind}", place.neighbour_process);
    let by_file = |kind: &str, flag: i32| {
        vec![reach(open(&file(kind), libc::O_RDONLY)).named("space"), primitive(setns("space", flag))]
    };
    let several = libc::CLONE_NEWNS | libc::CLONE_NEWUTS | libc::CLONE_NEWIPC | libc::CLONE_NEWNET;
    vec![
        variant("mounts", by_file("mnt", libc::CLONE_NEWNS)),
        variant("network", by_file("net", libc::CLONE_NEWNET)),
        variant(
            "pidfd",
            vec![
                reach(pidfd(place.neighbour_process)).named("process"),
                primitive(setns("process", several)),
            ],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/ns/mnt", libc::O_RDONLY)]
}

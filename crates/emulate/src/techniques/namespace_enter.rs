use crate::call::{call, open, part, pidfd, primitive, result, setns};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process enters a namespace with setns.
    ///
    /// ## What it tries
    ///
    /// To enter the host name namespace in which the process is already, by its file in /proc and by a
    /// descriptor of the process itself.
    ///
    /// ## Why it matters
    ///
    /// It is the call by which a process gets into the namespaces of others, once it has found a way to name
    /// them.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "namespace-enter",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    vec![
        variant(
            "file",
            vec![
                open("/proc/self/ns/uts", libc::O_RDONLY).named("space"),
                primitive(setns("space", libc::CLONE_NEWUTS)),
            ],
        ),
        variant(
            "pidfd",
            vec![
                call("getpid", libc::SYS_getpid, Vec::new()).named("self"),
                part(pidfd(result("self"))).named("process"),
                primitive(setns("process", libc::CLONE_NEWUTS)),
            ],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/ns/uts", libc::O_RDONLY)]
}

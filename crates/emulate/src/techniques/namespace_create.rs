use crate::call::{call, open, primitive, unshare};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process leaves its namespaces for new ones.
    ///
    /// ## What it tries
    ///
    /// To make a mount namespace, a network namespace and a process namespace with unshare, and a process in
    /// a host name namespace of its own with clone.
    ///
    /// ## Why it matters
    ///
    /// In new namespaces, parts of the kernel are open that are closed to a container: mounts, packet
    /// filters, and what was wrong with them in the past.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "namespace-create",
    threats: &["container-breakout", "kernel-vulnerability"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let flags = (libc::CLONE_NEWUTS | libc::SIGCHLD).into();
    vec![
        variant("mounts", vec![primitive(unshare(libc::CLONE_NEWNS))]),
        variant("network", vec![primitive(unshare(libc::CLONE_NEWNET))]),
        variant("processes", vec![primitive(unshare(libc::CLONE_NEWPID))]),
        // The new process goes on behind this step, where the program ends.
        variant(
            "clone",
            vec![primitive(call(
                "clone",
                libc::SYS_clone,
                vec![flags, 0.into(), 0.into(), 0.into(), 0.into()],
            ))],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/ns/net", libc::O_RDONLY)]
}

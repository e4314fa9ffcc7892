use crate::call::{call, open, primitive, unshare};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process becomes root of a user namespace of its own.
    ///
    /// ## What it tries
    ///
    /// To make a user namespace with unshare, with clone, and with the newer clone3, whose arguments no
    /// filter can read.
    ///
    /// ## Why it matters
    ///
    /// In a user namespace everybody has every capability, and most holes of the kernel in recent years were
    /// reached from there.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile. It lets those through who hold CAP_SYS_ADMIN.
    "user-namespace-create",
    threats: &["container-breakout", "kernel-vulnerability"],
    controls: &["seccomp"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611", "attack:T1068"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let flags = (libc::CLONE_NEWUSER | libc::SIGCHLD).into();
    // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
    let wanted = [libc::CLONE_NEWUSER as u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    let wanted = wanted.into_iter().fold(Memory::new(), Memory::u64);
    let size = wanted.bytes.len() as u64;
    // A new process goes on behind its step, where the program ends.
    vec![
        variant("unshare", vec![primitive(unshare(libc::CLONE_NEWUSER))]),
        variant(
            "clone",
            vec![primitive(call(
                "clone",
                libc::SYS_clone,
                vec![flags, 0.into(), 0.into(), 0.into(), 0.into()],
            ))],
        ),
        variant(
            "clone3",
            vec![primitive(call("clone3", libc::SYS_clone3, vec![wanted.into(), size.into()]))],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/ns/user", libc::O_RDONLY)]
}

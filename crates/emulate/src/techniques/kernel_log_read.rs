use crate::call::{call, open, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// The log of the kernel is read by a system call.
    ///
    /// ## What it tries
    ///
    /// To ask how much of the kernel's log is unread, and to read a few bytes of it with syslog.
    ///
    /// ## Why it matters
    ///
    /// The log tells addresses of the kernel and what happens to other containers.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile. It lets those through who hold CAP_SYSLOG.
    "kernel-log-read",
    threats: &["kernel-vulnerability"],
    controls: &["seccomp"],
    capabilities: &["SYSLOG", "SYS_ADMIN"],
    ids: &["attack:T1613"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const READ_ALL: i32 = 3;
    const SIZE_UNREAD: i32 = 9;
    let attempt = |what: i32| {
        let arguments = vec![what.into(), Memory::zeros(16).into(), 16.into()];
        vec![primitive(call("syslog", libc::SYS_syslog, arguments))]
    };
    vec![variant("size-unread", attempt(SIZE_UNREAD)), variant("read-all", attempt(READ_ALL))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

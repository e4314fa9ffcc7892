use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// The machine is restarted.
    ///
    /// ## What it tries
    ///
    /// To call reboot without the numbers that it demands, which the kernel refuses once it has let the
    /// caller in.
    ///
    /// ## Why it matters
    ///
    /// Everything on the machine stops; in a process namespace of its own, everything in the container does.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_BOOT, each by itself.
    "kernel-reboot",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_BOOT"],
    ids: &["attack:T1499"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let attempt = |command: u32| {
        let arguments = vec![0.into(), 0.into(), command.into(), 0.into()];
        vec![primitive(call("reboot", libc::SYS_reboot, arguments)).let_through_by(&[libc::EINVAL])]
    };
    // Neither command does anything without the numbers.
    vec![variant("no-command", attempt(u32::MAX)), variant("key-off", attempt(0))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/uptime", libc::O_RDONLY)]
}

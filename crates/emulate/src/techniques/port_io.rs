use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process talks to the hardware past the kernel.
    ///
    /// ## What it tries
    ///
    /// To ask for the right to one port of the processor with ioperm, and to all with iopl. No port is used.
    ///
    /// ## Why it matters
    ///
    /// Who talks to the hardware changes memory and disks past all rights.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_RAWIO, each by itself.
    "port-io",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_RAWIO"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    #[cfg(target_arch = "x86_64")]
    let (ioperm, iopl) = (libc::SYS_ioperm, libc::SYS_iopl);
    #[cfg(not(target_arch = "x86_64"))]
    let (ioperm, iopl) = (-1, -1);
    let ways = vec![
        variant("ioperm", vec![primitive(call("ioperm", ioperm, vec![0.into(), 1.into(), 1.into()]))]),
        variant("iopl", vec![primitive(call("iopl", iopl, vec![3.into()]))]),
    ];
    ways.into_iter()
        .map(|way| way.only_if(cfg!(target_arch = "x86_64"), "this processor has no ports"))
        .map(|way| way.missing(&[libc::ENOSYS], "this kernel gives no rights to ports"))
        .collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/cpuinfo", libc::O_RDONLY)]
}

use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// Another kernel is put in the place of the running one.
    ///
    /// ## What it tries
    ///
    /// To ask for another kernel with a flag that does not exist, which the kernel refuses once it has let
    /// the caller in.
    ///
    /// ## Why it matters
    ///
    /// The attacker's own kernel then runs the machine.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_BOOT, each by itself.
    "kexec-load",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_BOOT"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const NO_SUCH_FLAG: u32 = 0x8000;
    const NOTHING: i32 = -1;
    // More parts than a kernel may have.
    let load = vec![0.into(), 4096.into(), 0.into(), NO_SUCH_FLAG.into()];
    let load_file = vec![NOTHING.into(), NOTHING.into(), 0.into(), 0.into(), NO_SUCH_FLAG.into()];
    let attempt = |step: Step| vec![primitive(step).let_through_by(&[libc::EINVAL])];
    let ways = vec![
        variant("kexec-load", attempt(call("kexec_load", libc::SYS_kexec_load, load))),
        variant("kexec-file-load", attempt(call("kexec_file_load", libc::SYS_kexec_file_load, load_file))),
    ];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel cannot be replaced")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/version", libc::O_RDONLY)]
}

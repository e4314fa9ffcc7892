use crate::call::{call, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// The clock of the machine is set.
    ///
    /// ## What it tries
    ///
    /// To set no time at all with settimeofday, and an impossible length of a tick with adjtimex and
    /// clock_adjtime. The clock stays as it is.
    ///
    /// ## Why it matters
    ///
    /// With a wrong clock, certificates that have ended are accepted and logs say nothing of when.
    ///
    /// ## What stops it
    ///
    /// The lack of CAP_SYS_TIME; the runtime's default seccomp profile stops the settings that it knows.
    "clock-set",
    threats: &["container-breakout"],
    controls: &["least-capability"],
    capabilities: &["SYS_TIME"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const TICK: u32 = 0x4000;
    // What is changed, and the tick of one microsecond, which no clock has; the rest is not looked at.
    let change = || Memory::new().u32(TICK).raw(&[0; 84]).u64(1).raw(&[0; 120]);
    let refused = &[libc::EINVAL];
    let nothing = call("settimeofday", libc::SYS_settimeofday, vec![0.into(), 0.into()]);
    let tick = call("adjtimex", libc::SYS_adjtimex, vec![change().into()]);
    let arguments = vec![libc::CLOCK_REALTIME.into(), change().into()];
    let of_clock = call("clock_adjtime", libc::SYS_clock_adjtime, arguments);
    vec![
        variant("settimeofday", vec![primitive(nothing)]),
        variant("adjtimex", vec![primitive(tick).let_through_by(refused)]),
        variant("clock-adjtime", vec![primitive(of_clock).let_through_by(refused)]),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call(
        "clock_gettime",
        libc::SYS_clock_gettime,
        vec![libc::CLOCK_REALTIME.into(), Memory::zeros(16).into()],
    )]
}

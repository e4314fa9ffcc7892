use crate::call::{call, child, part, prctl, primitive, wait};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A program has itself traced, so that no debugger and no sensor can look into it.
    ///
    /// ## What it tries
    ///
    /// To ask to be traced by its parent (`PTRACE_TRACEME`), and to make its memory unreadable for others of the same
    /// user (`PR_SET_DUMPABLE`), in a child that ends at once.
    ///
    /// ## Why it matters
    ///
    /// Malware does it first of all, and only one may trace a process at a time.
    ///
    /// ## What stops it
    ///
    /// A filter without `ptrace`. The default ones let it through, and a process may always ask it of itself, so it is
    /// there to be noticed.
    "trace-self",
    threats: &["process-hijack"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1622"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let asked = call(
        "ptrace",
        libc::SYS_ptrace,
        vec![i64::from(libc::PTRACE_TRACEME).into(), 0.into(), 0.into(), 0.into()],
    );
    let within = |name, step| {
        variant(name, vec![part(child(vec![primitive(step)])).named("child"), primitive(wait("child"))])
    };
    vec![within("ptrace", asked), within("dumpable", prctl(libc::PR_SET_DUMPABLE, 0))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![prctl(libc::PR_GET_DUMPABLE, 0)]
}

use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process of the host is taken hold of.
    ///
    /// ## What it tries
    ///
    /// To trace a process outside of the container, without stopping it. The process is a stand-in, and is
    /// let go at once.
    ///
    /// ## Why it matters
    ///
    /// Who traces a process of the host makes it do what it would not, as its user.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own, in which no process of the outside is seen. A user other than root,
    /// where the process belongs to root.
    "host-process-trace",
    threats: &["process-hijack"],
    controls: &["pid-namespace", "non-root"],
    ids: &["attack:T1055.008"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let process = place.neighbour_process;
    let arguments = vec![libc::PTRACE_SEIZE.into(), process.into(), 0.into(), 0.into()];
    vec![variant("seize", vec![primitive(call("ptrace", libc::SYS_ptrace, arguments))])]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

use crate::call::{call, child, effect, holds, open, primitive, result};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process takes hold of another one of the same container.
    ///
    /// ## What it tries
    ///
    /// To trace a child that only waits, and to read its memory.
    ///
    /// ## Why it matters
    ///
    /// The attacker reads secrets out of the memory of a server beside it and makes it do what it would not.
    ///
    /// ## What stops it
    ///
    /// A seccomp profile made for the workload. Default profiles of newer engines let both through, as
    /// programs that look for faults need them.
    "process-trace-sibling",
    threats: &["process-hijack"],
    controls: &["generated-profile"],
    capabilities: &["SYS_PTRACE"],
    ids: &["attack:T1055.008"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let waiting = || child(vec![call("ppoll", libc::SYS_ppoll, vec![0.into(); 4])]).named("child");
    let arguments = vec![libc::PTRACE_SEIZE.into(), result("child"), 0.into(), 0.into()];
    let trace = call("ptrace", libc::SYS_ptrace, arguments);
    // The child is a copy, and has the canary at the same place.
    let piece = |name: &'static str| Memory::new().shared(name).u64(place.canary.len() as u64);
    let arguments =
        vec![result("child"), piece("copy").into(), 1.into(), piece("canary").into(), 1.into(), 0.into()];
    let look = call("process_vm_readv", libc::SYS_process_vm_readv, arguments);
    vec![
        variant("ptrace", vec![waiting(), primitive(trace)]),
        variant("memory", vec![waiting(), primitive(look), effect(holds("copy", place.canary.as_bytes()))])
            .sharing("canary", Memory::text(&place.canary))
            .sharing("copy", Memory::zeros(place.canary.len())),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

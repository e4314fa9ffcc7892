use crate::call::{call, open, part, pidfd, primitive, reach, result};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// The memory of a process of the host is read.
    ///
    /// ## What it tries
    ///
    /// To read the memory of a process outside of the container by process_vm_readv, at an address that it
    /// does not have, to open its memory as a file, and to take over one of its descriptors. The process is a
    /// stand-in.
    ///
    /// ## Why it matters
    ///
    /// Keys and passwords lie in the memory of processes.
    ///
    /// ## What stops it
    ///
    /// A process namespace of its own, in which no process of the outside is seen. A user other than root,
    /// where the process belongs to root.
    "host-process-memory",
    threats: &["process-hijack"],
    controls: &["pid-namespace", "non-root"],
    ids: &["attack:T1055.008"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let process = place.neighbour_process;
    let here = Memory::new().pointer(Memory::zeros(8)).u64(8);
    let there = Memory::new().u64(0).u64(8);
    let arguments = vec![process.into(), here.into(), 1.into(), there.into(), 1.into(), 0.into()];
    let look = call("process_vm_readv", libc::SYS_process_vm_readv, arguments);
    let take = call("pidfd_getfd", libc::SYS_pidfd_getfd, vec![result("process"), 1000.into(), 0.into()]);
    vec![
        variant("process-vm-readv", vec![primitive(look).let_through_by(&[libc::EFAULT])]),
        variant("file", vec![reach(open(&format!("/proc/{process}/mem"), libc::O_RDONLY))]),
        variant(
            "descriptor",
            vec![part(pidfd(process)).named("process"), primitive(take).let_through_by(&[libc::EBADF])],
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/mem", libc::O_RDONLY)]
}

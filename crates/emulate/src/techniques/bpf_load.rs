use crate::call::{call, open, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A program is loaded into the kernel.
    ///
    /// ## What it tries
    ///
    /// To load a BPF program that only returns, and is attached to nothing, and to make a BPF map with room
    /// for one number.
    ///
    /// ## Why it matters
    ///
    /// BPF programs of an attacker hide processes and files, read the memory of all containers and change
    /// what they are told.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_BPF, each by itself.
    "bpf-load",
    threats: &["container-breakout", "kernel-vulnerability"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["BPF", "SYS_ADMIN"],
    ids: &["attack:T1014", "attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const MAP_CREATE: i32 = 0;
    const PROGRAM_LOAD: i32 = 5;
    const LEAST_RECENTLY_USED: u32 = 9;
    const RAW_TRACEPOINT: u32 = 17;
    let bpf = |what: i32, of: Memory| {
        let size = of.bytes.len() as u64;
        vec![primitive(call("bpf", libc::SYS_bpf, vec![what.into(), of.into(), size.into()]))]
    };
    // r0 = 0; exit
    let code = Memory::new().u64(0xb7).u64(0x95);
    let program = Memory::new().u32(RAW_TRACEPOINT).u32(2).pointer(code).pointer(Memory::text("GPL"));
    // Log level, size and buffer, the kernel's version, flags.
    let program = program.u32(0).u32(0).u64(0).u32(0).u32(0);
    // Type, bytes of a key and of a value, how many, flags.
    let map = Memory::new().u32(LEAST_RECENTLY_USED).u32(4).u32(4).u32(1).u32(0);
    vec![variant("program", bpf(PROGRAM_LOAD, program)), variant("map", bpf(MAP_CREATE, map))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

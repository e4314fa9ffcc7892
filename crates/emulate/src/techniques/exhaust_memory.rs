use crate::call::{allocate, call, child, memory_file, part, primitive, wait};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// Memory is used until others have none.
    ///
    /// ## What it tries
    ///
    /// To fill 384 MiB in a child that ends at once: by ordinary memory, and by a file in memory, which counts as well.
    /// The lab itself allows a little more, so that the machine is in no danger. Of a limit above that it says nothing.
    ///
    /// ## Why it matters
    ///
    /// The kernel then ends whoever uses the most, which may be the neighbour's database.
    ///
    /// ## What stops it
    ///
    /// A limit of memory, which counts files in memory too.
    "exhaust-memory",
    threats: &["resource-hijack", "shared-kernel"],
    controls: &["resource-limits"],
    ids: &["attack:T1499"],
    alone: true,
}

const BYTES: u64 = 384 << 20;

fn variants(place: &Place) -> Vec<Variant> {
    let mapped = call(
        "mmap",
        libc::SYS_mmap,
        vec![
            0.into(),
            BYTES.into(),
            (libc::PROT_READ | libc::PROT_WRITE).into(),
            (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE).into(),
            (-1).into(),
            0.into(),
        ],
    );
    let within = |name, steps| {
        variant(name, vec![part(child(steps)).named("child"), primitive(wait("child"))])
            .on(Condition::Memory(BYTES))
    };
    vec![
        within("mapping", vec![primitive(mapped)]),
        within(
            "memory-file",
            vec![part(memory_file(&place.named("memory"))).named("file"), primitive(allocate("file", BYTES))],
        ),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    vec![memory_file(&place.named("memory"))]
}

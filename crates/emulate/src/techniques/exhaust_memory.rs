use crate::call::{call, child, memory_file, part, primitive, wait};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// Memory is used until others have none.
    ///
    /// ## What it tries
    ///
    /// To fill 288 MiB in a child that ends at once. The lab itself allows a little more, so that the machine is in no danger. Of a limit above that it says nothing.
    ///
    /// ## Why it matters
    ///
    /// The kernel then ends whoever uses the most, which may be the neighbour's database.
    ///
    /// ## What stops it
    ///
    /// A limit of memory of the container.
    "exhaust-memory",
    threats: &["resource-hijack", "shared-kernel"],
    controls: &["resource-limits"],
    ids: &["attack:T1499"],
    alone: true,
}

/// More than the usual limits of small services, and less than the lab's own.
const BYTES: u64 = 288 << 20;

fn variants(_: &Place) -> Vec<Variant> {
    let filled = call(
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
    vec![
        variant(
            "mapping",
            vec![part(child(vec![primitive(filled)])).named("child"), primitive(wait("child"))],
        )
        .on(Condition::Memory(BYTES)),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    vec![memory_file(&place.named("memory"))]
}

use crate::call::{call, child, memory_file, open, part, primitive, result, wait};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// Memory is used until others have none.
    ///
    /// ## What it tries
    ///
    /// To fill 384 MiB in a child that ends at once. The lab itself allows a little more, so that the machine is in no danger. Of a limit above that it says nothing.
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

const BYTES: u64 = 384 << 20;

fn variants(_: &Place) -> Vec<Variant> {
    let mapped = call(
        "mmap",
        libc::SYS_mmap,
        vec![
            0.into(),
            BYTES.into(),
            (libc::PROT_READ | libc::PROT_WRITE).into(),
            (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).into(),
            (-1).into(),
            0.into(),
        ],
    );
    // In large pages it is a matter of a moment, where the kernel has them.
    let large =
        call("madvise", libc::SYS_madvise, vec![result("memory"), BYTES.into(), libc::MADV_HUGEPAGE.into()]);
    let filled = call("read", libc::SYS_read, vec![result("zeros"), result("memory"), BYTES.into()]);
    let steps = vec![
        open("/dev/zero", libc::O_RDONLY).named("zeros"),
        part(mapped).named("memory"),
        part(large).let_through_by(&[libc::EINVAL, libc::ENOSYS]),
        primitive(filled),
    ];
    vec![
        variant("mapping", vec![part(child(steps)).named("child"), primitive(wait("child"))])
            .on(Condition::Memory(BYTES)),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    vec![memory_file(&place.named("memory"))]
}

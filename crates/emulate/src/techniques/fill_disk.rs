use crate::call::{allocate, create, open, primitive, reach, revert, unlink};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// The disk under the containers is filled.
    ///
    /// ## What it tries
    ///
    /// To make a file of 64 MiB in the root file system and to remove it.
    ///
    /// ## Why it matters
    ///
    /// The layers of all containers lie on one disk of the machine, its logs too. When it is full, all stop.
    ///
    /// ## What stops it
    ///
    /// A quota of the storage driver, which few have, or a root file system that cannot be written to.
    "fill-disk",
    threats: &["resource-hijack"],
    ids: &["attack:T1499"],
    alone: true,
}

const BYTES: u64 = 64 << 20;

fn variants(place: &Place) -> Vec<Variant> {
    let path = format!("/{}", place.named("fill"));
    let steps = vec![
        reach(create(&path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)).named("file"),
        primitive(allocate("file", BYTES)),
        revert(unlink(&path)),
    ];
    let unnamed = vec![
        reach(open("/", libc::O_WRONLY | libc::O_TMPFILE)).named("file"),
        primitive(allocate("file", BYTES)),
    ];
    vec![
        variant("file", steps).on(Condition::InRoot(path)),
        variant("file-without-name", unnamed)
            .missing(&[libc::EOPNOTSUPP, libc::EISDIR], "the file system has no files without a name"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

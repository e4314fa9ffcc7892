use crate::call::{call, effect, holds, part, primitive, reach, read_at, result, revert};
use crate::program::{Memory, Step};
use crate::technique::{NEIGHBOUR_MEMORY, Place, Variant, variant};

technique! {
    /// Memory that processes of the host share is read.
    ///
    /// ## What it tries
    ///
    /// To find System V shared memory outside of the container by its key, to take it into its own memory for
    /// reading, and to find the canary in it. The memory is a stand-in's.
    ///
    /// ## Why it matters
    ///
    /// Databases and their clients share memory in this way, with all that is in it.
    ///
    /// ## What stops it
    ///
    /// A namespace of its own for System V IPC; a user other than root, where the memory belongs to root.
    "host-ipc-memory",
    threats: &["lateral-movement", "shared-kernel"],
    controls: &["quarantine"],
    ids: &["attack:T1559"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let length = place.canary.len() as u64;
    let find = call("shmget", libc::SYS_shmget, vec![NEIGHBOUR_MEMORY.into(), 0.into(), 0.into()]);
    let take = vec![result("memory"), 0.into(), libc::SHM_RDONLY.into()];
    let copy = vec![result("file"), result("address"), length.into()];
    let name = place.named("copy");
    let steps = vec![
        reach(find).named("memory"),
        primitive(call("shmat", libc::SYS_shmat, take)).named("address"),
        // What lies there is compared by way of a file in memory.
        part(call("memfd_create", libc::SYS_memfd_create, vec![name.as_str().into(), 0.into()]))
            .named("file"),
        part(call("write", libc::SYS_write, copy)),
        part(read_at("file", "copy", place.canary.len(), 0)),
        effect(holds("copy", place.canary.as_bytes())),
    ];
    vec![variant("shared-memory", steps).sharing("copy", Memory::zeros(place.canary.len()))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![
        call("shmget", libc::SYS_shmget, vec![libc::IPC_PRIVATE.into(), 4096.into(), 0o600.into()])
            .named("own"),
        revert(call("shmctl", libc::SYS_shmctl, vec![result("own"), libc::IPC_RMID.into(), 0.into()])),
    ]
}

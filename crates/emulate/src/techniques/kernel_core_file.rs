use crate::call::{holds, open, part, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant};
use crate::ways::two_paths;

technique! {
    /// The memory of the kernel is read as a file.
    ///
    /// ## What it tries
    ///
    /// To open /proc/kcore and to read its first four bytes, which tell what kind of file it is, by its path
    /// and through a link of the kernel.
    ///
    /// ## Why it matters
    ///
    /// The file shows all memory of the kernel, and so of every container.
    ///
    /// ## What stops it
    ///
    /// The mask that runtimes lay over the file; a user other than root; the lack of CAP_SYS_RAWIO.
    "kernel-core-file",
    threats: &["container-breakout"],
    controls: &["mandatory-access-control", "non-root", "least-capability"],
    capabilities: &["SYS_RAWIO"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    const BEGINS: &[u8] = b"\x7fELF";
    let ways = two_paths("/proc/kcore", |path| {
        vec![
            part(open(path, libc::O_RDONLY)).named("file"),
            part(read("file", "begin", BEGINS.len())),
            reach(holds("begin", BEGINS)),
        ]
    });
    ways.into_iter()
        .map(|way| way.sharing("begin", Memory::zeros(64)))
        .map(|way| way.missing_file("this kernel does not show its memory"))
        .collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

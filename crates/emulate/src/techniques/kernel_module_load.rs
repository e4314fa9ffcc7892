use crate::call::{call, open, primitive, result, write};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A module is loaded into the kernel.
    ///
    /// ## What it tries
    ///
    /// To load 128 zeros as a module, from memory and from a file, and to unload a module that cannot exist.
    /// The kernel refuses each once it has let the caller in.
    ///
    /// ## Why it matters
    ///
    /// A module is part of the kernel: nothing holds it in.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_MODULE, each by itself.
    "kernel-module-load",
    threats: &["container-breakout", "kernel-vulnerability"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_MODULE"],
    ids: &["attack:T1547.006", "attack:T1611"],
}

fn variants(place: &Place) -> Vec<Variant> {
    const NO_MODULE: &[i32] = &[libc::ENOEXEC, libc::EKEYREJECTED];
    let zeros = || Memory::zeros(128);
    let name = place.named("module");
    let from_memory = call("init_module", libc::SYS_init_module, vec![zeros().into(), 128.into(), "".into()]);
    let from_file = call("finit_module", libc::SYS_finit_module, vec![result("file"), "".into(), 0.into()]);
    let unload = vec![name.as_str().into(), libc::O_NONBLOCK.into()];
    let ways = vec![
        variant("init-module", vec![primitive(from_memory).let_through_by(NO_MODULE)]),
        variant(
            "finit-module",
            vec![
                call("memfd_create", libc::SYS_memfd_create, vec![name.as_str().into(), 0.into()])
                    .named("file"),
                write("file", &[0; 128]),
                primitive(from_file).let_through_by(NO_MODULE),
            ],
        ),
        variant(
            "delete-module",
            vec![
                primitive(call("delete_module", libc::SYS_delete_module, unload))
                    .let_through_by(&[libc::ENOENT]),
            ],
        ),
    ];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel has no modules")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/filesystems", libc::O_RDONLY)]
}

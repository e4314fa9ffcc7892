use crate::call::{call, open, primitive, result};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// A file of the host is opened by its number, past all directories.
    ///
    /// ## What it tries
    ///
    /// To open a file by a number that no file has, as the kernel says once it has let the caller in: on the
    /// root file system and on that of the devices.
    ///
    /// ## Why it matters
    ///
    /// By its number every file of a disk can be opened, although only a part of the disk is mounted into the
    /// container.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_DAC_READ_SEARCH, each by itself.
    "file-handle-open",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["DAC_READ_SEARCH"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    // Bytes of the handle, its kind (a number and a generation), and the largest of both.
    let handle = || Memory::new().u32(8).u32(1).raw(&[0xff; 8]);
    let attempt = |path: &str| {
        let arguments = vec![result("directory"), handle().into(), libc::O_RDONLY.into()];
        vec![
            open(path, libc::O_RDONLY | libc::O_DIRECTORY).named("directory"),
            primitive(call("open_by_handle_at", libc::SYS_open_by_handle_at, arguments))
                .let_through_by(&[libc::ESTALE, libc::EOPNOTSUPP]),
        ]
    };
    vec![variant("root", attempt("/")), variant("devices", attempt("/dev"))]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/", libc::O_RDONLY | libc::O_DIRECTORY)]
}

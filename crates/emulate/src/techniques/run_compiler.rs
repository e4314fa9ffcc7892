use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// A compiler or debugger of the image is used to make an exploit that fits.
    ///
    /// ## What it tries
    ///
    /// To start `gcc`, `clang`, `make`, `gdb` and `strace` of the image and to let them say their version. Nothing is
    /// compiled.
    ///
    /// ## Why it matters
    ///
    /// An exploit for the kernel is made on the spot, and what arrives as source passes every scanner of programs.
    ///
    /// ## What stops it
    ///
    /// An image without them, in which there is nothing to try.
    "run-compiler",
    threats: &["process-hijack", "bloated-image"],
    controls: &["minimal-image"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1027.004"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let version = |name, path, reason| variant(name, run(path, &[name, "--version"])).missing_file(reason);
    vec![
        version("gcc", "/usr/bin/gcc", "the image has no /usr/bin/gcc"),
        version("clang", "/usr/bin/clang", "the image has no /usr/bin/clang"),
        version("make", "/usr/bin/make", "the image has no /usr/bin/make"),
        version("gdb", "/usr/bin/gdb", "the image has no /usr/bin/gdb"),
        version("strace", "/usr/bin/strace", "the image has no /usr/bin/strace"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}

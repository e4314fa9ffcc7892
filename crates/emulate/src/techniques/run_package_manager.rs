use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// The package manager of the image is used to get what is missing.
    ///
    /// ## What it tries
    ///
    /// To start the package managers that images have and to let them say their version. Nothing is fetched.
    ///
    /// ## Why it matters
    ///
    /// It installs a compiler, a scanner, a miner, from mirrors that every firewall lets through.
    ///
    /// ## What stops it
    ///
    /// An image without one, in which there is nothing to try.
    "run-package-manager",
    threats: &["process-hijack", "bloated-image"],
    controls: &["minimal-image"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1105"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let version = |name, path, reason| variant(name, run(path, &[name, "--version"])).missing_file(reason);
    vec![
        version("apt-get", "/usr/bin/apt-get", "the image has no /usr/bin/apt-get"),
        version("apk", "/sbin/apk", "the image has no /sbin/apk"),
        version("microdnf", "/usr/bin/microdnf", "the image has no /usr/bin/microdnf"),
        version("zypper", "/usr/bin/zypper", "the image has no /usr/bin/zypper"),
        version("pacman", "/usr/bin/pacman", "the image has no /usr/bin/pacman"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}

use crate::call::{create, exists, part, primitive, reach, revert, unlink, write};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// Files are put among those of the system: its programs, libraries, settings and lists of packages.
    ///
    /// ## What it tries
    ///
    /// To make a file with the mark in `/bin`, `/usr/bin`, `/usr/lib`, `/etc`, the home of root and beside the
    /// databases of dpkg, rpm and apk, to write a line to it and to remove it. No file of the image is changed.
    ///
    /// ## Why it matters
    ///
    /// Who writes there replaces programs, adds libraries that every program loads, or makes a package look genuine.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system; a user other than root.
    "write-system-files",
    threats: &["backdoor", "process-hijack"],
    controls: &["read-only-root", "non-root"],
    ids: &["attack:T1554"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let within = |name, directory: &str, reason| {
        let path = format!("{directory}/{}", place.named("file"));
        let steps = vec![
            part(exists(directory)),
            reach(create(&path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o644)).named("file"),
            primitive(write("file", place.mark.as_bytes())),
            revert(unlink(&path)),
        ];
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path))
    };
    vec![
        within("bin", "/bin", "the image has no /bin"),
        within("usr-bin", "/usr/bin", "the image has no /usr/bin"),
        within("usr-lib", "/usr/lib", "the image has no /usr/lib"),
        within("etc", "/etc", "the image has no /etc"),
        within("home-of-root", "/root", "the image has no /root"),
        within("dpkg", "/var/lib/dpkg", "the image has no packages of dpkg"),
        within("rpm", "/var/lib/rpm", "the image has no packages of rpm"),
        within("apk", "/lib/apk/db", "the image has no packages of apk"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

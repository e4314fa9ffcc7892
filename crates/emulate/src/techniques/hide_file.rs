use crate::call::{create, exists, mkdir, part, primitive, reach, revert, rmdir, unlink, write};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// Files are put where nobody looks: with a dot before the name, or a name that looks like nothing.
    ///
    /// ## What it tries
    ///
    /// To make a file whose name begins with a dot in `/`, `/etc` and `/usr/lib`, and a directory whose name begins with
    /// three dots, and to remove them.
    ///
    /// ## Why it matters
    ///
    /// Tools for later, and data on its way out, lie there for months.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system; a user other than root.
    "hide-file",
    threats: &["backdoor", "process-hijack"],
    controls: &["read-only-root", "non-root"],
    ids: &["attack:T1564.001"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let hidden = |name, directory: &str, reason| {
        let path = format!("{directory}/.{}", place.mark);
        let steps = vec![
            part(exists(if directory.is_empty() { "/" } else { directory })),
            reach(create(&path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)).named("file"),
            primitive(write("file", place.mark.as_bytes())),
            revert(unlink(&path)),
        ];
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path))
    };
    let directory = format!("/... {}", place.mark);
    vec![
        hidden("root", "", "there is no /"),
        hidden("etc", "/etc", "the image has no /etc"),
        hidden("usr-lib", "/usr/lib", "the image has no /usr/lib"),
        variant("directory", vec![primitive(mkdir(&directory)), revert(rmdir(&directory))]),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

use crate::call::drop_and_run;
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// A program that the image does not have is written into its root file system and started.
    ///
    /// ## What it tries
    ///
    /// To write a copy of the probe to `/`, `/usr/local/bin`, `/etc` and the home of root, to run it, where it only
    /// ends, and to remove it.
    ///
    /// ## Why it matters
    ///
    /// Scanners have seen the image, not what was added to it later; and what lies on the way of a program's name is
    /// started by others.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system; a user other than root, for directories that belong to root.
    "drop-and-execute",
    threats: &["process-hijack", "backdoor"],
    controls: &["read-only-root", "non-root"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1105"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let into = |name, directory: &str, reason| {
        let path = format!("{directory}/{}", place.named("dropped"));
        variant(name, drop_and_run(&place.program(), &path)).missing_file(reason).on(Condition::InRoot(path))
    };
    vec![
        into("root", "", "there is no /"),
        into("usr-local-bin", "/usr/local/bin", "the image has no /usr/local/bin"),
        into("etc", "/etc", "the image has no /etc"),
        into("home-of-root", "/root", "the image has no /root"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}

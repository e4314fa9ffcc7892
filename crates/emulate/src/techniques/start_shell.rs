use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// A shell is started by a service that was broken into.
    ///
    /// ## What it tries
    ///
    /// To start the shells that images have and to let them do nothing: `sh`, `bash`, `ash`, `dash` and BusyBox by its
    /// own name, which a rule that knows only `sh` does not see.
    ///
    /// ## Why it matters
    ///
    /// Nearly every attack goes on through a shell: by it the attacker looks around, fetches the rest and stays.
    ///
    /// ## What stops it
    ///
    /// An image without a shell, in which there is nothing to try. No setting of a container stops it, so it is there
    /// to be noticed.
    "start-shell",
    threats: &["process-hijack", "backdoor"],
    detections: &["detect-shell", "detect-unexpected-child"],
    ids: &["attack:T1059.004"],
}

fn variants(place: &Place) -> Vec<Variant> {
    // The mark stands in the command line, so that an alert can be told to be about this.
    let nothing = format!(": {}", place.named("shell"));
    let shell = |name, path, reason| variant(name, run(path, &[name, "-c", &nothing])).missing_file(reason);
    vec![
        shell("sh", "/bin/sh", "the image has no /bin/sh"),
        shell("bash", "/bin/bash", "the image has no /bin/bash"),
        shell("ash", "/bin/ash", "the image has no /bin/ash"),
        shell("dash", "/bin/dash", "the image has no /bin/dash"),
        variant("busybox", run("/bin/busybox", &["busybox", "sh", "-c", &nothing]))
            .missing_file("the image has no /bin/busybox"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}

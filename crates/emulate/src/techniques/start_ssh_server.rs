use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// The image's own SSH server is started, and the attacker logs in whenever he likes.
    ///
    /// ## What it tries
    ///
    /// To start `sshd` or `dropbear` of the image so that they only say what they are. They do not listen.
    ///
    /// ## Why it matters
    ///
    /// It looks like administration, and passwords are guessed at it.
    ///
    /// ## What stops it
    ///
    /// An image without one, in which there is nothing to try.
    "start-ssh-server",
    threats: &["backdoor", "brute-force"],
    controls: &["no-ssh-in-image"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1021.004"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let server = |name, path, reason| variant(name, run(path, &[path, "-V"])).missing_file(reason);
    vec![
        server("sshd", "/usr/sbin/sshd", "the image has no /usr/sbin/sshd"),
        server("dropbear", "/usr/sbin/dropbear", "the image has no /usr/sbin/dropbear"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}

use crate::call::{cut, exists, length, open, part, primitive, reach, revert, write};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// The script that starts a container gets a line of the attacker's.
    ///
    /// ## What it tries
    ///
    /// To open the scripts that images usually start by, to append a comment with the mark, and to cut the file back to
    /// its length. It is the clone's own copy.
    ///
    /// ## Why it matters
    ///
    /// It runs at each start of the container, as whoever starts it, before the program gives up its rights.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system; a user other than the one to whom the script belongs.
    "change-entry-point",
    threats: &["backdoor", "process-hijack"],
    controls: &["read-only-root", "non-root"],
    ids: &["attack:T1554"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let comment = format!("\n# {}\n", place.mark);
    let script = |name, path: &str, reason| {
        let steps = vec![
            part(exists(path)),
            reach(open(path, libc::O_RDWR | libc::O_APPEND)).named("script"),
            part(length("script")).named("length"),
            primitive(write("script", comment.as_bytes())),
            revert(cut("script", "length")),
        ];
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path.to_owned()))
    };
    vec![
        script("docker-entrypoint", "/docker-entrypoint.sh", "the image has no /docker-entrypoint.sh"),
        script(
            "usr-local-bin",
            "/usr/local/bin/docker-entrypoint.sh",
            "the image has no /usr/local/bin/docker-entrypoint.sh",
        ),
        script("entrypoint", "/entrypoint.sh", "the image has no /entrypoint.sh"),
        script("start", "/start.sh", "the image has no /start.sh"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

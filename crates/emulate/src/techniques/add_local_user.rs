use crate::call::{create, cut, exists, length, open, part, primitive, reach, revert, unlink, write};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// An account is added by which the attacker comes back.
    ///
    /// ## What it tries
    ///
    /// To open `/etc/passwd`, `/etc/group` and `/etc/shadow`, to append a comment with the mark and to cut the file back
    /// to its length; and to make a file beside them, as the tools do that replace them. It is the clone's
    /// own copy; no account is made.
    ///
    /// ## Why it matters
    ///
    /// An account with the number 0 is root, whatever it is called.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system; a user other than root.
    "add-local-user",
    threats: &["backdoor", "process-hijack"],
    controls: &["read-only-root", "non-root"],
    ids: &["attack:T1136.001"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let comment = format!("# {}\n", place.mark);
    let appended = |name, path: &str, reason| {
        let steps = vec![
            part(exists(path)),
            reach(open(path, libc::O_RDWR | libc::O_APPEND)).named("file"),
            part(length("file")).named("length"),
            primitive(write("file", comment.as_bytes())),
            revert(cut("file", "length")),
        ];
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path.to_owned()))
    };
    let beside = format!("/etc/passwd.{}", place.mark);
    let lock = vec![
        part(exists("/etc")),
        reach(create(&beside, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)).named("file"),
        primitive(write("file", comment.as_bytes())),
        revert(unlink(&beside)),
    ];
    vec![
        appended("passwd", "/etc/passwd", "the image has no /etc/passwd"),
        appended("group", "/etc/group", "the image has no /etc/group"),
        appended("shadow", "/etc/shadow", "the image has no /etc/shadow"),
        variant("beside-passwd", lock).missing_file("the image has no /etc").on(Condition::InRoot(beside)),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}

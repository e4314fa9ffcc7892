use crate::call::{create, exists, mkdir, open, part, primitive, reach, revert, rmdir, unlink, write};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// What runs at the next login or the next minute is the attacker's: a key, a start file, a job.
    ///
    /// ## What it tries
    ///
    /// To write a comment with the mark to a file of its own among the jobs of cron and the files that shells read, and
    /// among the keys of root in a directory of its own; and to open root's `.bashrc`, `/etc/profile` and `/etc/crontab`
    /// for writing, without writing. What was made is removed.
    ///
    /// ## Why it matters
    ///
    /// The attacker is back when the hole that let him in is closed.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system; a user other than root.
    "add-start-file",
    threats: &["backdoor", "process-hijack"],
    controls: &["read-only-root", "non-root"],
    ids: &["attack:T1098.004", "attack:T1053.003", "attack:T1546.004"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let comment = format!("# {}\n", place.mark);
    let made = |path: &str| {
        vec![
            reach(create(path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)).named("file"),
            primitive(write("file", comment.as_bytes())),
            revert(unlink(path)),
        ]
    };
    let added = |name, directory: &str, reason| {
        let path = format!("{directory}/{}", place.named("start"));
        let mut steps = vec![part(exists(directory))];
        steps.extend(made(&path));
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path))
    };
    let opened = |name, path: &str, reason| {
        variant(name, vec![part(exists(path)), reach(open(path, libc::O_WRONLY | libc::O_APPEND))])
            .missing_file(reason)
            .on(Condition::InRoot(path.to_owned()))
    };
    let keys = format!("/root/{}", place.named("ssh"));
    let mut key = vec![part(exists("/root")), part(mkdir(&keys))];
    key.extend(made(&format!("{keys}/authorized_keys")));
    key.push(revert(rmdir(&keys)));
    vec![
        variant("authorized-keys", key).missing_file("the image has no /root").on(Condition::InRoot(keys)),
        added("cron-job", "/etc/cron.d", "the image has no cron"),
        added("profile", "/etc/profile.d", "the image has no /etc/profile.d"),
        opened("crontab", "/etc/crontab", "the image has no cron"),
        opened("bashrc", "/root/.bashrc", "the image has no /root/.bashrc"),
        opened("etc-profile", "/etc/profile", "the image has no /etc/profile"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

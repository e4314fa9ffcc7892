use crate::call::{
    call, create, exists, mkdir, open, part, primitive, reach, result, revert, rmdir, unlink, write,
};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;
use tyrian_model::evidence::Layer;

technique! {
    /// Traces are removed: logs are emptied, the history of a shell is deleted, files go in bulk.
    ///
    /// ## What it tries
    ///
    /// To make a log with the mark in `/var/log`, to empty it and to remove it; the same with sixteen files in a
    /// directory; to open logs of the image for writing, without writing; to make and remove a history in root's home.
    ///
    /// ## Why it matters
    ///
    /// What is only in the container is gone when it is needed.
    ///
    /// ## What stops it
    ///
    /// Logs that leave the container as they are written. In the container, a read-only root file system.
    "clear-logs",
    layer: Layer::Logging,
    threats: &["tampered-logs", "lost-transient-logs", "backdoor"],
    controls: &["read-only-root"],
    ids: &["attack:T1070", "attack:T1070.003", "attack:T1485"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let made = |path: &str| create(path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600);
    let emptied = |name, directory: &str, what: &str, reason| {
        let path = format!("{directory}/{}", place.named(what));
        let steps = vec![
            part(exists(directory)),
            reach(made(&path)).named("log"),
            part(write("log", place.mark.as_bytes())),
            primitive(call("ftruncate", libc::SYS_ftruncate, vec![result("log"), 0.into()])),
            primitive(unlink(&path)),
            revert(unlink(&path)),
        ];
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path))
    };
    let opened = |name, path: &str, reason| {
        variant(name, vec![part(exists(path)), reach(open(path, libc::O_WRONLY))])
            .missing_file(reason)
            .on(Condition::InRoot(path.to_owned()))
    };
    let directory = format!("/var/log/{}", place.named("logs"));
    let files: Vec<String> = (0..16).map(|number| format!("{directory}/{number}.log")).collect();
    let mut bulk = vec![part(exists("/var/log")), reach(mkdir(&directory))];
    bulk.extend(files.iter().map(|file| part(made(file))));
    bulk.extend(files.iter().map(|file| primitive(unlink(file))));
    bulk.extend(files.iter().map(|file| revert(unlink(file))));
    bulk.push(revert(rmdir(&directory)));
    vec![
        emptied("log", "/var/log", "log", "the image has no /var/log"),
        emptied("history", "/root", "bash_history", "the image has no /root"),
        opened("wtmp", "/var/log/wtmp", "the image has no /var/log/wtmp"),
        opened("lastlog", "/var/log/lastlog", "the image has no /var/log/lastlog"),
        opened("bash-history", "/root/.bash_history", "the image has no /root/.bash_history"),
        variant("bulk", bulk).missing_file("the image has no /var/log").on(Condition::InRoot(directory)),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}

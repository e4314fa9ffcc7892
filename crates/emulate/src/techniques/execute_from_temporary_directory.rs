use crate::call::{
    child, close, create, drop_and_run, exec, mkdir, open, part, primitive, reach, revert, rmdir, unlink,
    wait, write,
};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// A program or script is started from a directory that everybody may write to.
    ///
    /// ## What it tries
    ///
    /// To write a copy of the probe to `/tmp` and `/var/tmp` and to run it, where it only ends; once under the names
    /// of tools of the trade, `nc` and `nmap`; and a script whose interpreter is the probe. Only where the directory is
    /// part of the root file system: of a mount of its own a read-only root says nothing.
    ///
    /// ## Why it matters
    ///
    /// These directories can be written to by every user, so a user other than root does not help.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system without a mount there, or with one that programs cannot be run from.
    "execute-from-temporary-directory",
    threats: &["process-hijack", "backdoor"],
    controls: &["read-only-root"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1105", "attack:T1059"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let probe = place.program();
    let within = |name, directory: &str, steps, reason| {
        variant(name, steps).missing_file(reason).on(Condition::InRoot(directory.to_owned()))
    };
    let dropped = |directory: &str| drop_and_run(&probe, &format!("{directory}/{}", place.named("dropped")));
    let renamed = |name: &str| {
        let directory = format!("/tmp/{}", place.named(name));
        let mut steps = vec![part(mkdir(&directory))];
        steps.extend(drop_and_run(&probe, &format!("{directory}/{name}")));
        steps.push(revert(rmdir(&directory)));
        steps
    };
    let script = format!("/tmp/{}", place.named("script"));
    let as_script = vec![
        reach(create(&script, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o755)).named("script"),
        part(write("script", format!("#!{probe} true\n").as_bytes())),
        part(close("script")),
        part(child(vec![primitive(exec(&script, &[&script]))])).named("program"),
        primitive(wait("program")),
        revert(unlink(&script)),
    ];
    vec![
        within("tmp", "/tmp", dropped("/tmp"), "the image has no /tmp"),
        within("var-tmp", "/var/tmp", dropped("/var/tmp"), "the image has no /var/tmp"),
        within("as-nc", "/tmp", renamed("nc"), "the image has no /tmp"),
        within("as-nmap", "/tmp", renamed("nmap"), "the image has no /tmp"),
        within("script", "/tmp", as_script, "the image has no /tmp"),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/", libc::O_RDONLY | libc::O_DIRECTORY)]
}

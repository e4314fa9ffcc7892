use crate::call::{
    child, close, create, drop_and_run, exec, open, part, primitive, reach, revert, unlink, wait, write,
};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A program is started from the shared memory of a container, which is on no disk.
    ///
    /// ## What it tries
    ///
    /// To write a copy of the probe, and a script whose interpreter is the probe, to `/dev/shm`, and to run them, where
    /// they only end.
    ///
    /// ## Why it matters
    ///
    /// `/dev/shm` can be written to even where the root file system cannot, by every user, and what is there is gone
    /// with the container.
    ///
    /// ## What stops it
    ///
    /// A mount that programs cannot be run from, as runtimes make it.
    "execute-from-shared-memory",
    threats: &["process-hijack", "backdoor"],
    controls: &["read-only-root"],
    detections: &["detect-unexpected-child", "detect-dev-write"],
    ids: &["attack:T1059", "attack:T1564"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let script = format!("/dev/shm/{}", place.named("script"));
    let program = format!("/dev/shm/{}", place.named("dropped"));
    let as_script = vec![
        reach(create(&script, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o755)).named("script"),
        part(write("script", format!("#!{} true\n", place.program()).as_bytes())),
        part(close("script")),
        part(child(vec![primitive(exec(&script, &[&script]))])).named("program"),
        primitive(wait("program")),
        revert(unlink(&script)),
    ];
    vec![
        variant("program", drop_and_run(&place.program(), &program)).missing_file("there is no /dev/shm"),
        variant("script", as_script).missing_file("there is no /dev/shm"),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/dev/null", libc::O_RDWR)]
}

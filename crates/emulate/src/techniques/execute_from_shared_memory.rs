use crate::call::{
    child, close, create, drop_and_run, exec, open, part, primitive, revert, unlink, wait, write,
};
use crate::program::{Depth, Role, Step};
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

const NONE: &str =
    "a /dev/shm that programs can be run from is not to be had, even with every control relaxed";

fn variants(place: &Place) -> Vec<Variant> {
    let script = format!("/dev/shm/{}", place.named("script"));
    let program = format!("/dev/shm/{}", place.named("dropped"));
    // That a file can be made there is no fault: what counts is that it runs.
    let mut brought = drop_and_run(&place.program(), &program);
    brought.iter_mut().for_each(|step| {
        if step.role == Role::Attempt(Depth::Reach) {
            step.role = Role::Part;
        }
    });
    let as_script = vec![
        part(create(&script, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o755)).named("script"),
        part(write("script", format!("#!{} true\n", place.program()).as_bytes())),
        part(close("script")),
        part(child(vec![primitive(exec(&script, &[&script]))])).named("program"),
        primitive(wait("program")),
        revert(unlink(&script)),
    ];
    vec![
        variant("program", brought).missing(&[libc::ENOENT, libc::EACCES], NONE),
        variant("script", as_script).missing(&[libc::ENOENT, libc::EACCES], NONE),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/dev/null", libc::O_RDWR)]
}

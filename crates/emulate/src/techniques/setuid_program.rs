use crate::call::{HERE, call, child, exec, primitive, result, wait};
use crate::program::{Memory, Step};
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// A process gains the rights of root by a setuid program.
    ///
    /// ## What it tries
    ///
    /// As a user other than root, to start a program that belongs to root and has the setuid bit, by execve and
    /// by execveat. The program only looks whether it is root.
    ///
    /// ## Why it matters
    ///
    /// One fault in one setuid program of the image is enough to become root of the container.
    ///
    /// ## What stops it
    ///
    /// No new privileges. Where the process is root already, there is nothing to gain.
    "setuid-program",
    threats: &["process-hijack", "container-breakout"],
    controls: &["no-new-privileges"],
    ids: &["attack:T1548.001"],
}

const PRIVATE: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

fn variants(place: &Place) -> Vec<Variant> {
    let path = place.setuid_program();
    let arguments = || Memory::list(&["setuid", "root"]);
    let execveat = call(
        "execveat",
        libc::SYS_execveat,
        vec![HERE.into(), path.as_str().into(), arguments().into(), Memory::list(&[]).into(), 0.into()],
    );
    let nobody = vec![65534.into(), 65534.into(), 65534.into()];
    let memory =
        vec![0.into(), result("user"), libc::PROT_NONE.into(), PRIVATE.into(), (-1).into(), 0.into()];
    let attempt = |start: Step| {
        vec![
            // Who may not change its user is another user already, or a root that has nothing to gain.
            call("setresuid", libc::SYS_setresuid, nobody.clone()).let_through_by(&[libc::EPERM]),
            call("getuid", libc::SYS_getuid, Vec::new()).named("user"),
            // As many bytes of memory as the number of the user: root's are none, which the kernel refuses.
            call("mmap", libc::SYS_mmap, memory.clone()),
            child(vec![start]).named("child"),
            primitive(wait("child")),
        ]
    };
    let ways = vec![
        variant("execve", attempt(exec(&path, &["setuid", "root"]))),
        variant("execveat", attempt(execveat)),
    ];
    ways.into_iter().map(|way| way.on(Condition::NotRoot)).collect()
}

fn harmless(place: &Place) -> Vec<Step> {
    vec![child(vec![exec(&place.program(), &["probe", "true"])]).named("child"), wait("child")]
}

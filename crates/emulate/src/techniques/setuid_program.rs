use crate::call::{HERE, call, child, exec, primitive, wait};
use crate::program::{Memory, Step};
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// A process gains the rights of root by a setuid program.
    ///
    /// ## What it tries
    ///
    /// To start a program that belongs to root and has the setuid bit, by execve and by execveat. The program
    /// only looks whether it is root.
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

fn variants(place: &Place) -> Vec<Variant> {
    let path = place.setuid_program();
    let arguments = || Memory::list(&["setuid", "root"]);
    let execveat = call(
        "execveat",
        libc::SYS_execveat,
        vec![HERE.into(), path.as_str().into(), arguments().into(), Memory::list(&[]).into(), 0.into()],
    );
    let attempt = |start: Step| vec![child(vec![start]).named("child"), primitive(wait("child"))];
    let ways = vec![
        variant("execve", attempt(exec(&path, &["setuid", "root"]))),
        variant("execveat", attempt(execveat)),
    ];
    ways.into_iter().map(|way| way.on(Condition::NotRoot)).collect()
}

fn harmless(place: &Place) -> Vec<Step> {
    vec![child(vec![exec(&place.program(), &["probe", "true"])]).named("child"), wait("child")]
}

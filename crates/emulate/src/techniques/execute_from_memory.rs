use crate::call::{child, copy, duplicate, exec, exec_file, memory_file, open, part, primitive, reach, wait};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A program is started that is in no file system at all.
    ///
    /// ## What it tries
    ///
    /// To make a file in memory (`memfd_create`), to copy the probe into it and to run it, where it only ends: by
    /// `execveat` on the open file, and by its name in `/proc`.
    ///
    /// ## Why it matters
    ///
    /// Neither a read-only root file system nor mounts without programs are in the way, and nothing is left to be found.
    ///
    /// ## What stops it
    ///
    /// The kernel's integrity measurement, or a security module with a profile of the workload's own. No setting that
    /// containers have by default or by common advice does, so it is there to be noticed.
    "execute-from-memory",
    threats: &["process-hijack", "backdoor"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1620"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let with = |start: Vec<Step>| {
        let mut steps = vec![
            open(&place.program(), libc::O_RDONLY).named("probe"),
            reach(memory_file(&place.named("memory"))).named("memory"),
            part(copy("probe", "memory")),
        ];
        steps.push(part(child(start)).named("program"));
        steps.push(primitive(wait("program")));
        steps
    };
    let arguments = [place.mark.as_str(), "true"];
    vec![
        variant("execveat", with(vec![primitive(exec_file("memory", &arguments))])),
        variant(
            "through-proc",
            with(vec![duplicate("memory", 77), primitive(exec("/proc/self/fd/77", &arguments))]),
        ),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    vec![memory_file(&place.named("memory"))]
}

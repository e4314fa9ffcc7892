use crate::call::{open, primitive, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// Passwords and tokens are read from the environment of the service.
    ///
    /// ## What it tries
    ///
    /// To read the environment of the first process of the container, and of the one that was taken over. What may be a
    /// secret is a canary in the clone; what is read goes nowhere.
    ///
    /// ## Why it matters
    ///
    /// The environment is handed on to every child, is written to reports of crashes, and everybody with the same user
    /// may read it.
    ///
    /// ## What stops it
    ///
    /// Secrets that are not in the environment. No setting of the container keeps a process from its own, so it is there
    /// to be noticed.
    "read-environment",
    threats: &["secret-theft", "data-exfiltration"],
    detections: &["detect-sensitive-read"],
    ids: &["attack:T1552.001"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let reads = |name, path: &str| {
        let steps = vec![
            reach(open(path, libc::O_RDONLY)).named("environment"),
            primitive(read("environment", "text", 256)),
        ];
        variant(name, steps).sharing("text", Memory::zeros(256))
    };
    vec![
        reads("first-process", "/proc/1/environ").on(Condition::OwnProcesses),
        reads("own", "/proc/self/environ"),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}

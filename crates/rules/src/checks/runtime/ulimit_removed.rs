use crate::checks::prelude::*;

check! {
    /// A container takes a limit of its processes away.
    ///
    /// ## What it checks
    /// `ulimits` of Compose and `--ulimit`: open files (`nofile`) and processes (`nproc`) without a limit or
    /// with one of more than a million, and dumps of memory (`core`) without one. What is not set is the
    /// engine's own choice, and `memlock` is what databases need.
    /// ## Why it matters
    /// One process then takes the file handles of the machine, or fills its disk with images of its memory, with
    /// the secrets in it.
    /// ## Fix
    /// Set the number that the program needs: `ulimits: {nofile: 65536}`, and `core: 0`.
    "ulimit-removed",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["resource-limits"],
    ids: &["attack:T1499", "nist:3.4.3", "cis-docker:5.19"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: kafka, ulimits: {nofile: {soft: 65536, hard: -1}}}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Ulimits": [{"Name": "core", "Hard": -1, "Soft": -1}]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: elasticsearch, ulimits: {nofile: 65536, memlock: {soft: -1, hard: -1}}}, b: {image: c}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Ulimits": null}}]}"#),
    ],
}

/// More open files than the kernel gives to one process unless it is told to.
const MANY: i64 = 1 << 20;

fn check(see: &See, it: &Confinement) -> Judged {
    let limits = see.get(&it.details.ulimits)?;
    let at = it.details.ulimits.pos();
    let judge = |(name, what): &(&str, &str)| {
        let limit = *limits.get(*name)?;
        let what = match limit {
            ..0 => format!("takes the limit of {what} away ({name})"),
            _ if *name != "core" && limit > MANY => format!("sets the limit of {what} to {limit} ({name})"),
            _ => return None,
        };
        Some(Fault { what, at: at.clone() })
    };
    let kinds = [("nofile", "open files"), ("nproc", "processes"), ("core", "memory dumps")];
    faults(kinds.iter().filter_map(judge).collect())
}

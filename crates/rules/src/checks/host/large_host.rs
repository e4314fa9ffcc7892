use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The host's installed packages take more than 400 MB.
    ///
    /// ## What it checks
    /// The sum of the sizes that the package database gives.
    /// ## Why it matters
    /// Compilers, interpreters and servers that no container needs help whoever gets onto the host, and each has
    /// holes of its own.
    /// ## Fix
    /// Start from a minimal image or a system made for containers; remove what is not needed (`apt-get autoremove
    /// --purge`).
    "large-host",
    layer: Layer::Host,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-host"],
    ids: &["attack:T1059", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"installed_size": {"is": 5186260992}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"installed_size": {"is": 212000000}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    const MOST: u64 = 400_000_000;
    let Some(size) = see.get(&it.installed_size)? else { return not_applicable() };
    if *size > MOST {
        return fail(None, format!("has packages of {} MB installed, more than 400 MB", size / 1_000_000));
    }
    pass()
}

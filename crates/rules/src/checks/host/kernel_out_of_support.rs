use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The kernel belongs to a series that nobody maintains any more.
    ///
    /// ## What it checks
    /// The release of the running kernel against the series of kernel.org that ended, as of 2026-01-01. Only a
    /// plain release (`5.4.210`) is judged: a distribution mends its own kernels (`5.4.0-216-generic`) long after,
    /// and is judged by its own end of support.
    /// ## Why it matters
    /// The kernel is the one thing that all containers share; a hole in it is a way out of each of them.
    /// ## Fix
    /// Boot a kernel of a maintained long-term series, or the kernel of a maintained distribution.
    "kernel-out-of-support",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["patch-host"],
    ids: &["attack:T1068", "nist:3.5.3"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "5.4.210"}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "6.5.3"}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "3.10.0"}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "6.12.40"}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "5.4.0-216-generic"}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "3.10.0-1160.el7.x86_64"}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"kernel": {"is": "6.1.0-18-amd64"}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

/// The long-term series that ended, and when.
const ENDED: &[((u32, u32), &str)] = &[
    ((4, 4), "2022-02"),
    ((4, 9), "2023-01"),
    ((4, 14), "2024-01"),
    ((4, 19), "2024-12"),
    ((5, 4), "2025-12"),
];
/// The long-term series that are maintained.
const ALIVE: &[(u32, u32)] = &[(5, 10), (5, 15), (6, 1), (6, 6), (6, 12)];
/// The newest series of which the end is known; later ones are not judged.
const LAST_ENDED: (u32, u32) = (6, 17);

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let release = see.get(&it.kernel)?;
    let mut numbers = release.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor)), third, None) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next())
    else {
        return pass();
    };
    let series = (major, minor);
    if third.is_some_and(|third| third.is_err()) || ALIVE.contains(&series) || series > LAST_ENDED {
        return pass();
    }
    let when = ENDED.iter().find(|(ended, _)| *ended == series).map_or("long ago", |(_, when)| *when);
    fail(None, format!("runs kernel {release}, whose series {major}.{minor} ended ({when})"))
}

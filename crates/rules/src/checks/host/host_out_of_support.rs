use crate::checks::prelude::*;
use crate::host::in_container;
use crate::support::releases::ended;

check! {
    /// The host runs a release of its distribution that is no longer maintained.
    ///
    /// ## What it checks
    /// The `ID` and `VERSION_ID` of the host against a table of the months in which public support ended.
    /// ## Why it matters
    /// Holes of the kernel and of system programs are published and stay open, and all containers share that
    /// kernel.
    /// ## Fix
    /// Move the containers to a host with a maintained release and retire this one. Paid long-term support is not
    /// seen: waive the finding where it is bought.
    "host-out-of-support",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["patch-host"],
    ids: &["attack:T1068", "nist:3.5.3"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "debian", "version": "10"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "ubuntu", "version": "18.04"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "debian", "version": "12"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "ubuntu", "version": "24.04"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "flatcar", "version": "4230.2.1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let Some(distribution) = see.get(&it.distribution)? else { return not_applicable() };
    match ended(&distribution.id, &distribution.version) {
        Some(when) => {
            let what = format!(
                "runs {} {}, whose public support ended in {when}",
                distribution.id, distribution.version
            );
            fail(None, what)
        }
        None => pass(),
    }
}

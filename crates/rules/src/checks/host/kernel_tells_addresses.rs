use crate::checks::prelude::*;
use crate::host::{in_container, setting};

check! {
    /// The kernel tells unprivileged users its addresses and messages.
    ///
    /// ## What it checks
    /// `kernel.kptr_restrict`, `kernel.dmesg_restrict` and `kernel.perf_event_paranoid`.
    /// ## Why it matters
    /// Exploits of the kernel need its addresses; what it tells makes them reliable.
    /// ## Fix
    /// Set `kernel.kptr_restrict=1`, `kernel.dmesg_restrict=1` and `kernel.perf_event_paranoid=2` (or more) in
    /// `/etc/sysctl.d`.
    "kernel-tells-addresses",
    layer: Layer::Host,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1082", "nist:3.5.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.kptr_restrict": "0", "kernel.dmesg_restrict": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.perf_event_paranoid": "-1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.kptr_restrict": "1", "kernel.dmesg_restrict": "1", "kernel.perf_event_paranoid": "4"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.kptr_restrict": "1", "kernel.dmesg_restrict": "1", "kernel.perf_event_paranoid": "2"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let wanted =
        [("kernel.kptr_restrict", 1), ("kernel.dmesg_restrict", 1), ("kernel.perf_event_paranoid", 2)];
    each(see, wanted, |see, (name, least)| match setting(see, it, name)? {
        Some(value) if value < least => fail(None, format!("has {name}={value}, less than {least}")),
        Some(_) => pass(),
        None => not_applicable(),
    })
}

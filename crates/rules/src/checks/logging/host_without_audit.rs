use crate::checks::prelude::*;

check! {
    /// The host records no security events.
    ///
    /// ## What it checks
    /// Whether auditd runs or is set up on the host. A host that is a container itself is left out.
    /// ## Why it matters
    /// What a process did on the host, outside of every container, is known to nobody.
    /// ## Fix
    /// Install auditd (or a sensor that records the same) with rules for the engine's files and for changes of
    /// users and time.
    "host-without-audit",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["end-to-end-logging", "forensic-readiness"],
    ids: &["attack:T1685.004"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host": {"in_container": {"is": false}, "loggers": {"is": ["rsyslogd"]}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host": {"in_container": {"is": false}, "loggers": {"is": ["auditd"]}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if *see.get(&it.in_container)? {
        return not_applicable();
    }
    let recorders = ["auditd", "auditbeat", "laurel"];
    if see.get(&it.loggers)?.iter().any(|name| recorders.contains(&name.as_str())) {
        return pass();
    }
    fail(None, "records no security events (auditd neither runs nor is set up)")
}

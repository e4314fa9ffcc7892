use crate::checks::prelude::*;

check! {
    /// The logs of the host leave it by no way.
    ///
    /// ## What it checks
    /// Programs of the host that ship logs: rsyslog and syslog-ng, collectors, the journal's upload. What a
    /// local rsyslog sends where is not read.
    /// ## Why it matters
    /// Who becomes root on the host removes the traces.
    /// ## Fix
    /// Run a collector that sends the journal and the audit log to another machine.
    "host-logs-stay",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["end-to-end-logging", "immutable-store"],
    ids: &["attack:T1685.006"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host": {"in_container": {"is": false}, "loggers": {"is": ["systemd-journald"]}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host": {"in_container": {"is": false}, "loggers": {"is": ["fluent-bit"]}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if *see.get(&it.in_container)? {
        return not_applicable();
    }
    let local = ["auditd", "systemd-journald", "systemd-journal-remote", "syslogd", "metalog"];
    if see.get(&it.loggers)?.iter().any(|name| !local.contains(&name.as_str())) {
        return pass();
    }
    fail(None, "runs nothing that sends its logs elsewhere")
}

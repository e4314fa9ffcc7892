use crate::checks::prelude::*;

check! {
    /// The host does not record which programs its containers start.
    ///
    /// ## What it checks
    /// Whether auditd is set up and has a rule for `execve`. The kernel audits all processes of the machine,
    /// those in containers among them. A sensor such as Falco does the same and is looked for on the engine and
    /// in the cluster.
    /// ## Why it matters
    /// A shell that a web server starts is the most common sign of a break-in. Nobody who looks afterwards can
    /// tell that there was one.
    /// ## Fix
    /// Install auditd and add `-a always,exit -F arch=b64 -S execve,execveat -k exec` to /etc/audit/rules.d, or
    /// run a sensor.
    "programs-not-recorded",
    layer: Layer::Runtime,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["detect-shell", "detect-unexpected-child"],
    ids: &["attack:T1059.004", "nist:4.4.4"],
    bad: &[
        Example::Facts(r#"{"hosts": {"gaps": [], "rows": {"host:this": {"in_container": {"is": false}, "loggers": {"is": ["systemd-journald"]}, "audit_rules": {"is": []}}}}}"#),
        Example::Facts(r#"{"hosts": {"gaps": [], "rows": {"host:this": {"in_container": {"is": false}, "loggers": {"is": ["auditd"]}, "audit_rules": {"is": ["-w /etc/passwd -p wa"]}}}}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"gaps": [], "rows": {"host:this": {"in_container": {"is": false}, "loggers": {"is": ["auditd"]}, "audit_rules": {"is": ["-a always,exit -F arch=b64 -S execve -k exec"]}}}}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if *see.get(&it.in_container)? {
        return not_applicable();
    }
    if !see.get(&it.loggers)?.contains("auditd") {
        return fail(it.loggers.pos(), "does not record which programs are started: auditd is not set up");
    }
    let records = |rule: &String| {
        let always = rule.contains("always,exit") || rule.contains("exit,always");
        always && rule.contains("execve")
    };
    if see.get(&it.audit_rules)?.iter().any(records) {
        pass()
    } else {
        fail(it.audit_rules.pos(), "no rule of auditd records which programs are started (execve)")
    }
}

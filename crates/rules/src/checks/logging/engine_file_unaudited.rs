use crate::checks::prelude::*;

check! {
    /// Nobody records who changes a file of the engine.
    ///
    /// ## What it checks
    /// For each program, unit, directory and file of settings of Docker and containerd whether a rule of the
    /// kernel's audit records writes to it: the rules that are loaded (`auditctl -l`), and those of /etc/audit
    /// where they cannot be asked. A rule of a directory holds for all below it.
    /// ## Why it matters
    /// Whoever changes what root starts leaves no trace otherwise, and nobody can say afterwards since when.
    /// ## Fix
    /// Install auditd and add a rule to /etc/audit/rules.d: `-w /etc/docker -p wa -k docker`, and so for each
    /// path.
    "engine-file-unaudited",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "forensic-readiness"],
    ids: &["attack:T1685.004", "nist:3.5.5", "cis-docker:1.1.3", "cis-docker:1.1.4", "cis-docker:1.1.5", "cis-docker:1.1.6", "cis-docker:1.1.7", "cis-docker:1.1.8", "cis-docker:1.1.9", "cis-docker:1.1.10", "cis-docker:1.1.11", "cis-docker:1.1.12", "cis-docker:1.1.13", "cis-docker:1.1.14", "cis-docker:1.1.15", "cis-docker:1.1.16", "cis-docker:1.1.17", "cis-docker:1.1.18"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}, "audited": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}, "audited": {"is": true}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    if *see.get(&it.audited)? {
        pass()
    } else {
        fail(None, "can be changed without a trace: no rule of the audit names it")
    }
}

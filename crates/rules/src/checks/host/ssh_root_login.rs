use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The SSH server lets root in by password.
    ///
    /// ## What it checks
    /// `PermitRootLogin yes` in the configuration of sshd; its default, keys only, is let through.
    /// ## Why it matters
    /// The one account whose name everybody knows can be guessed at, and it leaves no trace of who came.
    /// ## Fix
    /// Set `PermitRootLogin no` (or leave its default) in `/etc/ssh/sshd_config` and come by an account of one's
    /// own.
    "ssh-root-login",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["host-access"],
    ids: &["attack:T1110", "nist:3.5.4"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"permitrootlogin": "yes"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"permitrootlogin": "prohibit-password"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"permitrootlogin": "no"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let Some(set) = see.get(&it.sshd)? else { return not_applicable() };
    match set.get("permitrootlogin").map(String::as_str) {
        Some("yes") => fail(None, "lets root in by SSH, by password too"),
        _ => pass(),
    }
}

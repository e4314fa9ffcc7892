use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The SSH server lets accounts in that have no password.
    ///
    /// ## What it checks
    /// `PermitEmptyPasswords yes` in the configuration of sshd.
    /// ## Why it matters
    /// Who knows the name of such an account is on the host.
    /// ## Fix
    /// Set `PermitEmptyPasswords no` in `/etc/ssh/sshd_config`.
    "ssh-empty-passwords",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["host-access"],
    ids: &["attack:T1078.003", "nist:3.5.4"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"permitemptypasswords": "yes"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"permitemptypasswords": "no"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let Some(set) = see.get(&it.sshd)? else { return not_applicable() };
    if set.get("permitemptypasswords").is_some_and(|value| value == "yes") {
        return fail(None, "lets accounts without a password in by SSH");
    }
    pass()
}

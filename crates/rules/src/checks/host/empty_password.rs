use crate::checks::prelude::*;
use crate::host::in_container;
use tyrian_model::host::Password;

check! {
    /// An account of the host has an empty password.
    ///
    /// ## What it checks
    /// Accounts in `/etc/shadow` whose password is empty and whose shell lets somebody in.
    /// ## Why it matters
    /// Whoever reaches a console or `su` becomes that account without knowing anything.
    /// ## Fix
    /// Lock it with `passwd -l NAME`, or set a password.
    "empty-password",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access"],
    ids: &["attack:T1078.003", "nist:3.5.4"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"users": {"is": {"root": {"uid": 0, "shell": "/bin/bash", "password": "empty"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"users": {"is": {"root": {"uid": 0, "shell": "/bin/bash", "password": "locked"}, "mail": {"uid": 8, "shell": "/usr/sbin/nologin", "password": "empty"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    each(see, see.get(&it.users)?, |see, (name, account)| {
        let shell = account.shell.rsplit('/').next().unwrap_or_default();
        match account.password {
            _ if matches!(shell, "nologin" | "false") => pass(),
            Some(Password::Empty) => fail(None, format!("has the account {name} with an empty password")),
            Some(_) => pass(),
            None => {
                Err(see.unclear(Why::Denied, format!("the password of {name}; read /etc/shadow as root")))
            }
        }
    })
}

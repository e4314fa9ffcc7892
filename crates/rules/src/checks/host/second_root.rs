use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// Another account than root has the user id 0.
    ///
    /// ## What it checks
    /// Accounts in `/etc/passwd` with the user id 0 and another name.
    /// ## Why it matters
    /// It is a root account under a name that nobody watches, and a usual way to stay in.
    /// ## Fix
    /// Find out who made it; remove it, or give it a user id of its own and `sudo`.
    "second-root",
    layer: Layer::Host,
    gain: Gain::Hold,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["host-access"],
    ids: &["attack:T1136.001", "nist:3.5.4"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"users": {"is": {"root": {"uid": 0, "shell": "/bin/bash", "password": "locked"}, "toor": {"uid": 0, "shell": "/bin/sh", "password": "set"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"users": {"is": {"root": {"uid": 0, "shell": "/bin/bash", "password": "locked"}, "ana": {"uid": 1000, "shell": "/bin/bash", "password": "set"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let twins = see.get(&it.users)?.iter().filter(|(name, account)| account.uid == 0 && *name != "root");
    faults(
        twins
            .map(|(name, _)| Fault { what: format!("has the account {name} with the user id 0"), at: None })
            .collect(),
    )
}

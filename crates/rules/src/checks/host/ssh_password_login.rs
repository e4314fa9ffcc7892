use crate::checks::prelude::*;
use crate::host::in_container;
use tyrian_model::host::Password;

check! {
    /// The SSH server takes passwords, and an account has one.
    ///
    /// ## What it checks
    /// `PasswordAuthentication` (on by default) together with an account that has a password and a login shell.
    /// ## Why it matters
    /// Passwords are tried out by machines day and night; keys cannot be guessed.
    /// ## Fix
    /// Set `PasswordAuthentication no` and `KbdInteractiveAuthentication no` in `/etc/ssh/sshd_config`.
    "ssh-password-login",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["host-access"],
    ids: &["attack:T1110", "nist:3.5.4"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"passwordauthentication": "yes"}}, "users": {"is": {"ana": {"uid": 1000, "shell": "/bin/bash", "password": "set"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"passwordauthentication": "no"}}, "users": {"is": {"ana": {"uid": 1000, "shell": "/bin/bash", "password": "set"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"passwordauthentication": "yes"}}, "users": {"is": {"root": {"uid": 0, "shell": "/bin/bash", "password": "locked"}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let Some(set) = see.get(&it.sshd)? else { return not_applicable() };
    if set.get("passwordauthentication").is_none_or(|value| value != "yes") {
        return pass();
    }
    // Root comes in by password only where that is allowed by its own setting.
    let root = set.get("permitrootlogin").is_some_and(|value| value == "yes");
    let mut unread = false;
    for (name, account) in see.get(&it.users)? {
        let shell = account.shell.rsplit('/').next().unwrap_or_default();
        if matches!(shell, "nologin" | "false" | "sync" | "halt" | "shutdown") || account.uid == 0 && !root {
            continue;
        }
        match account.password {
            Some(Password::Set) => {
                return fail(None, format!("lets {name} in by SSH with a password"));
            }
            None => unread = true,
            _ => {}
        }
    }
    if unread {
        return Err(see.unclear(Why::Denied, "/etc/shadow: whether accounts have passwords; read it as root"));
    }
    pass()
}

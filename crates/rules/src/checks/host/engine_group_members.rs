use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// Accounts other than root are in the group that commands the engine.
    ///
    /// ## What it checks
    /// Members of the groups `docker`, `lxd` and `incus-admin`, root left out.
    /// ## Why it matters
    /// Such an account mounts `/` into a container and is root, without a password and without a line in the log of
    /// sudo.
    /// ## Fix
    /// Remove it with `gpasswd -d NAME docker`; use `sudo`, a rootless engine, or an authorization plugin.
    "engine-group-members",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["host-access"],
    ids: &["attack:T1611", "nist:3.5.4", "cis-docker:1.1.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"groups": {"is": {"docker": ["ana"], "adm": []}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"groups": {"is": {"docker": [], "adm": ["ana"]}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"groups": {"is": {"docker": ["root"]}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let groups = see.get(&it.groups)?;
    let mut found = Vec::new();
    for group in ["docker", "lxd", "incus-admin"] {
        for member in
            groups.get(group).into_iter().flatten().filter(|member| *member != "root" && *member != group)
        {
            found.push(Fault {
                what: format!("has {member} in the group {group}, which is as good as root"),
                at: None,
            });
        }
    }
    faults(found)
}

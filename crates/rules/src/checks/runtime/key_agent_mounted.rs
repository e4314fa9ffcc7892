use crate::checks::prelude::*;
use crate::known::is_key_agent;
use tyrian_model::workload::{Mount, MountKind};

check! {
    /// A container can use the keys of a person.
    ///
    /// ## What it checks
    /// Mounts of the socket of an SSH or GnuPG agent (`$SSH_AUTH_SOCK`, `ssh-agent.sock`, `S.gpg-agent`),
    /// read-only or not.
    /// ## Why it matters
    /// Whoever speaks to the agent signs with every key that is loaded: he logs in to all hosts and pushes to all
    /// repositories that the person may, for as long as the container runs.
    /// ## Fix
    /// Take the mount out. A build gets an agent for one step alone (`RUN --mount=type=ssh`); a service gets a
    /// key of its own with the few rights that it needs.
    "key-agent-mounted",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1021.004", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: deploy, volumes: ['/run/user/1000/ssh-agent.sock:/agent:ro']}}")]),
        Example::Tree(&[("compose.yaml", "services: {a: {image: deploy, volumes: ['${SSH_AUTH_SOCK}:/agent']}}")]),
        Example::Tree(&[("compose.yaml", "services: {a: {image: deploy, volumes: [{type: bind, source: $SSH_AUTH_SOCK, target: /agent}]}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/tmp/ssh-XXXX9bMDyR/agent.1432", "Destination": "/agent", "RW": true, "Propagation": "rprivate"}]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, volumes: ['/run/mysqld/mysqld.sock:/db.sock', '/srv/agent:/agent']}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": []}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let gives = |mount: &&Mount| mount.kind == MountKind::Bind && is_key_agent(&mount.source);
    let fault = |mount: &Mount| Fault {
        what: format!("mounts {}, through which a person's keys are used", mount.source),
        at: mount.at.clone(),
    };
    faults(see.listed(&it.mounts)?.iter().filter(gives).map(fault).collect())
}

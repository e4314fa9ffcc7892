use crate::checks::prelude::*;

check! {
    /// A file of the engine belongs to a group other than root's.
    ///
    /// ## What it checks
    /// The group of units, settings, directories, certificates and keys of the engine; of its socket a group
    /// other than `docker` and root's. Files of a rootless engine belong to the group of who runs it.
    /// ## Why it matters
    /// The group gets what its bits give, which a later `chmod g+w` may widen. Members of a socket's group
    /// command the engine: an unusual one may have members who should not.
    /// ## Fix
    /// `chgrp root FILE`; of the socket `chgrp docker`, or `SocketGroup=docker` in docker.socket.
    "engine-file-group",
    layer: Layer::Host,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:3.5.4", "cis-docker:3.1", "cis-docker:3.3", "cis-docker:3.5", "cis-docker:3.7", "cis-docker:3.9", "cis-docker:3.11", "cis-docker:3.13", "cis-docker:3.15", "cis-docker:3.17", "cis-docker:3.19", "cis-docker:3.22", "cis-docker:3.23"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 50}}, "keeper": {"is": 0}, "group": {"is": "staff"}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"socket:/run/docker.sock": {"path": "/run/docker.sock", "role": "socket", "mode": {"is": {"mode": 432, "uid": 0, "gid": 100}}, "keeper": {"is": 0}, "group": {"is": "users"}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}, "group": {"is": "root"}}, "socket:/run/docker.sock": {"path": "/run/docker.sock", "role": "socket", "mode": {"is": {"mode": 432, "uid": 0, "gid": 998}}, "keeper": {"is": 0}, "group": {"is": "docker"}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"socket:/run/docker.sock": {"path": "/run/docker.sock", "role": "socket", "mode": {"is": {"mode": 432, "uid": 0, "gid": 0}}, "keeper": {"is": 0}, "group": {"is": "root"}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    if matches!(it.role, FileRole::Node | FileRole::Program) {
        return not_applicable();
    }
    let (mode, keeper) = (see.get(&it.mode)?, *see.get(&it.keeper)?);
    if mode.gid == 0 || keeper != 0 {
        return pass();
    }
    let group = see.get(&it.group)?.as_deref();
    if it.role == FileRole::Socket && group == Some("docker") {
        return pass();
    }
    match group {
        Some(name) => fail(None, format!("belongs to the group {name}")),
        None => fail(None, format!("belongs to the group {}, which has no name", mode.gid)),
    }
}

use crate::checks::prelude::*;

check! {
    /// A file of the engine or of a cluster's node belongs to an account other than root.
    ///
    /// ## What it checks
    /// The owner of the programs, units, settings, certificates, keys and sockets of Docker and containerd, and
    /// of the files of a cluster's node; files of a rootless engine belong to who runs it. Those of etcd may
    /// belong to etcd.
    /// ## Why it matters
    /// They say what runs as root. Their owner can change them, whatever the permission bits say, and is root
    /// at the next start.
    /// ## Fix
    /// Give it to root: `chown root:root FILE`.
    "engine-file-owner",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access", "cis-docker"],
    ids: &["attack:T1543.002", "nist:3.5.4", "cis-docker:3.1", "cis-docker:3.3", "cis-docker:3.5", "cis-docker:3.7", "cis-docker:3.9", "cis-docker:3.11", "cis-docker:3.13", "cis-docker:3.15", "cis-docker:3.17", "cis-docker:3.19", "cis-docker:3.22", "cis-docker:3.23"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 1000, "gid": 1000}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"socket:/run/docker.sock": {"path": "/run/docker.sock", "role": "socket", "mode": {"is": {"mode": 432, "uid": 1000, "gid": 998}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"settings:/home/ann/.config/docker/daemon.json": {"path": "/home/ann/.config/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 1001, "gid": 1001}}, "keeper": {"is": 1000}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "unit:/usr/lib/systemd/system/docker.service": {"path": "/usr/lib/systemd/system/docker.service", "role": "unit", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"settings:/home/ann/.config/docker/daemon.json": {"path": "/home/ann/.config/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 1000, "gid": 1000}}, "keeper": {"is": 1000}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    let (mode, keeper) = (see.get(&it.mode)?, *see.get(&it.keeper)?);
    if mode.uid == 0 || mode.uid == keeper {
        return pass();
    }
    fail(None, format!("belongs to the user {}, who can change it", mode.uid))
}

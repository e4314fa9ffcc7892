use crate::checks::prelude::*;

check! {
    /// A file of the engine or of the cluster's node can be changed by accounts other than root.
    ///
    /// ## What it checks
    /// Permission bits of the programs, units, settings and certificates of Docker, containerd and Kubernetes:
    /// no right to write for others, nor for a group besides root's. Who owns them is judged by engine-file-
    /// owner.
    /// ## Why it matters
    /// They say what runs as root: who changes them is root at the next start.
    /// ## Fix
    /// Take the right to write from all others: `chmod go-w FILE`.
    "engine-file-writable",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access", "cis-docker"],
    ids: &["attack:T1543.002", "nist:3.5.4", "cis-docker:3.2", "cis-docker:3.4", "cis-docker:3.6", "cis-docker:3.8", "cis-docker:3.10", "cis-docker:3.12", "cis-docker:3.14", "cis-docker:3.18", "cis-docker:3.20", "cis-docker:3.21"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 438, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"unit:/usr/lib/systemd/system/docker.service": {"path": "/usr/lib/systemd/system/docker.service", "role": "unit", "mode": {"is": {"mode": 436, "uid": 0, "gid": 50}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "directory:/var/lib/docker": {"path": "/var/lib/docker", "role": "directory", "mode": {"is": {"mode": 456, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"directory:/etc/docker": {"path": "/etc/docker", "role": "directory", "mode": {"is": {"mode": 509, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    if it.role == FileRole::Socket {
        return not_applicable();
    }
    let mode = see.get(&it.mode)?;
    let shown = mode.mode & 0o7777;
    if mode.mode & 0o002 != 0 {
        return fail(None, format!("can be changed by every account (mode {shown:04o})"));
    }
    if mode.mode & 0o020 != 0 && mode.gid != 0 {
        // The group that goes with a user is that user's own.
        let keeper = *see.get(&it.keeper)?;
        if keeper == 0 || mode.gid != keeper {
            return fail(None, format!("can be changed by the group {} (mode {shown:04o})", mode.gid));
        }
    }
    pass()
}

fn mend(spot: &Spot) -> Mend {
    let Some(it) = spot.guarded() else { return Mend::Person("it is not known by name".into()) };
    match spot.see.get(&it.mode) {
        Ok(mode) if it.role != FileRole::Directory => {
            Mend::safe(vec![spot.mode(&it.path, mode.mode & 0o7777 & !0o022)])
        }
        _ => Mend::Advice(format!("`chmod go-w {}`", it.path)),
    }
}

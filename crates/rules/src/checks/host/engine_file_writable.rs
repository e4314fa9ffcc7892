use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// A file of the engine or of the cluster's node can be changed by accounts other than root.
    ///
    /// ## What it checks
    /// Owner and permission bits of the configuration, units and manifests of Docker, containerd and Kubernetes.
    /// ## Why it matters
    /// They say what runs as root: who changes them is root at the next start.
    /// ## Fix
    /// Give them to root and take the right to write from all others: `chown root:root FILE; chmod go-w FILE`.
    "engine-file-writable",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access", "cis-docker"],
    ids: &["attack:T1543.002", "nist:3.5.4", "cis-docker:3.17", "cis-docker:3.18"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/etc/docker/daemon.json": {"mode": 438, "uid": 0, "gid": 0}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/etc/docker/daemon.json": {"mode": 420, "uid": 1000, "gid": 1000}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/etc/docker/daemon.json": {"mode": 420, "uid": 0, "gid": 0}, "/run/docker.sock": {"mode": 432, "uid": 0, "gid": 998}, "/var/lib/etcd": {"mode": 448, "uid": 110, "gid": 110}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let mut found = Vec::new();
    for (path, mode) in see.get(&it.guarded_files)? {
        let Some(mode) = mode.filter(|_| !path.ends_with(".sock")) else { continue };
        let shown = mode.mode & 0o7777;
        let what = if mode.mode & 0o002 != 0 {
            format!("lets every account change {path} (mode {shown:04o})")
        } else if mode.mode & 0o020 != 0 && mode.gid != 0 {
            format!("lets the group {} change {path} (mode {shown:04o})", mode.gid)
        } else if mode.uid != 0 && path.starts_with("/etc/") && !path.starts_with("/etc/kubernetes/pki/etcd")
        {
            format!("leaves {path} to the user {}", mode.uid)
        } else {
            continue;
        };
        found.push(Fault { what, at: None });
    }
    faults(found)
}

fn mend(spot: &Spot) -> Mend {
    let files = spot.host().and_then(|it| spot.see.get(&it.guarded_files).ok()).into_iter().flatten();
    let of = |path: &str| spot.fault.what.contains(&format!(" change {path} (mode "));
    let found = files.filter_map(|(path, mode)| Some((path, (*mode)?))).find(|(path, _)| of(path));
    match found {
        Some((path, mode)) => Mend::safe(vec![spot.mode(path, mode.mode & 0o7777 & !0o022)]),
        None => Mend::Advice("`chown root:root` for that file".into()),
    }
}

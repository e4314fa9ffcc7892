use crate::checks::prelude::*;
use crate::host::is_cluster_credential;

check! {
    /// A file of the engine has more permissions than it needs.
    ///
    /// ## What it checks
    /// Permission bits of units and settings against 0644, of /etc/docker and its directory of certificates
    /// against 0755, of certificates against 0444, of the key against 0400; of manifests, settings and keys of a
    /// cluster's node against 0600, of etcd's data against 0700. That others can write is judged by
    /// engine-file-writable, that they can read the key by engine-key-readable.
    /// ## Why it matters
    /// None of these bits is a way in. Fewer of them leave less to one mistake more, and a benchmark asks for
    /// them.
    /// ## Fix
    /// Set the mode that the finding names: `chmod 0644 FILE`.
    "engine-file-mode",
    layer: Layer::Host,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:3.5.4", "cis-docker:3.2", "cis-docker:3.4", "cis-docker:3.6", "cis-docker:3.8", "cis-docker:3.10", "cis-docker:3.12", "cis-docker:3.14", "cis-docker:3.18", "cis-docker:3.20", "cis-docker:3.21"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 493, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"registry-certificate:/etc/docker/certs.d/hub.lan/ca.crt": {"path": "/etc/docker/certs.d/hub.lan/ca.crt", "role": "registry_certificate", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"settings:/etc/docker/daemon.json": {"path": "/etc/docker/daemon.json", "role": "settings", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "registry-certificate:/etc/docker/certs.d/hub.lan/ca.crt": {"path": "/etc/docker/certs.d/hub.lan/ca.crt", "role": "registry_certificate", "mode": {"is": {"mode": 292, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "tls-key:/etc/docker/server-key.pem": {"path": "/etc/docker/server-key.pem", "role": "tls_key", "mode": {"is": {"mode": 256, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"directory:/etc/docker": {"path": "/etc/docker", "role": "directory", "mode": {"is": {"mode": 493, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "program:/usr/bin/dockerd": {"path": "/usr/bin/dockerd", "role": "program", "mode": {"is": {"mode": 493, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    mend: Some(mend),
}

/// The bits that are enough.
fn wanted(it: &GuardedFile) -> Option<u32> {
    Some(match it.role {
        FileRole::Unit | FileRole::Settings => 0o644,
        FileRole::Directory if it.path.starts_with("/etc/docker") => 0o755,
        FileRole::RegistryCertificate | FileRole::TlsAuthority | FileRole::TlsCertificate => 0o444,
        FileRole::TlsKey => 0o400,
        FileRole::Node if it.path == "/var/lib/etcd" => 0o700,
        FileRole::Node
            if [".conf", ".yaml", ".yml", ".json", ".key", ".service"]
                .iter()
                .any(|end| it.path.ends_with(end)) =>
        {
            0o600
        }
        _ => return None,
    })
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    let Some(wanted) = wanted(it) else { return not_applicable() };
    let mode = see.get(&it.mode)?.mode & 0o7777;
    // What the grave checks say is not said twice.
    let grave = match it.role {
        FileRole::TlsKey => 0o066,
        _ if is_cluster_credential(it) && mode & 0o004 != 0 => 0o066,
        _ => 0o022,
    };
    if mode & !wanted & !grave == 0 {
        return pass();
    }
    fail(None, format!("has the mode {mode:04o}, and {wanted:04o} is enough"))
}

fn mend(spot: &Spot) -> Mend {
    let Some(it) = spot.guarded() else { return Mend::Person("it is not known by name".into()) };
    match (spot.see.get(&it.mode), wanted(it)) {
        (Ok(_), Some(wanted)) if it.role == FileRole::Directory || it.path == "/var/lib/etcd" => {
            Mend::Advice(format!("`chmod {wanted:04o} {}`", it.path))
        }
        (Ok(mode), Some(wanted)) => Mend::safe(vec![spot.mode(&it.path, mode.mode & wanted)]),
        _ => Mend::Person("its mode is not known".into()),
    }
}

use crate::checks::prelude::*;

check! {
    /// The key of the engine's certificate can be read by others.
    ///
    /// ## What it checks
    /// The permission bits of the file that `tlskey` names: nobody but its owner should read it.
    /// ## Why it matters
    /// Who has the key answers in the engine's place, and reads or changes what its clients send: images,
    /// commands, secrets.
    /// ## Fix
    /// `chown root FILE; chmod 0400 FILE`, and make a new key: the old one may be known.
    "engine-key-readable",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "host-access"],
    ids: &["attack:T1552.004", "nist:3.5.4", "cis-docker:3.14"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"tls-key:/etc/docker/server-key.pem": {"path": "/etc/docker/server-key.pem", "role": "tls_key", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"tls-key:/etc/docker/server-key.pem": {"path": "/etc/docker/server-key.pem", "role": "tls_key", "mode": {"is": {"mode": 416, "uid": 0, "gid": 50}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"tls-key:/etc/docker/server-key.pem": {"path": "/etc/docker/server-key.pem", "role": "tls_key", "mode": {"is": {"mode": 256, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "tls-certificate:/etc/docker/server.pem": {"path": "/etc/docker/server.pem", "role": "tls_certificate", "mode": {"is": {"mode": 292, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"tls-key:/etc/docker/server-key.pem": {"path": "/etc/docker/server-key.pem", "role": "tls_key", "mode": {"is": {"mode": 416, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    if it.role != FileRole::TlsKey {
        return not_applicable();
    }
    let mode = see.get(&it.mode)?;
    let others = mode.mode & 0o006 != 0 || (mode.mode & 0o060 != 0 && mode.gid != 0);
    if others {
        fail(None, format!("can be read by others (mode {:04o})", mode.mode & 0o7777))
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    match spot.guarded().map(|it| (it, spot.see.get(&it.mode))) {
        Some((it, Ok(mode))) => Mend::safe(vec![spot.mode(&it.path, mode.mode & 0o7700)]),
        _ => Mend::Person("its mode is not known".into()),
    }
}

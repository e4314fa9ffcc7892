use crate::checks::prelude::*;
use crate::host::is_cluster_credential;

check! {
    /// Credentials of the cluster on the node can be read by every account.
    ///
    /// ## What it checks
    /// The permission bits of the kubeconfig files below `/etc/kubernetes` and of private keys below
    /// `/etc/kubernetes/pki`.
    /// ## Why it matters
    /// The administrator's kubeconfig is the whole cluster for whoever reads it.
    /// ## Fix
    /// Set the mode 0600 and the owner root.
    "cluster-credentials-readable",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access", "cis-kubernetes"],
    ids: &["attack:T1552.001", "nist:3.5.4"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"node-file:/etc/kubernetes/admin.conf": {"path": "/etc/kubernetes/admin.conf", "role": "node", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
        Example::Facts(r#"{"guarded": {"rows": {"node-file:/etc/kubernetes/pki/ca.key": {"path": "/etc/kubernetes/pki/ca.key", "role": "node", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"node-file:/etc/kubernetes/admin.conf": {"path": "/etc/kubernetes/admin.conf", "role": "node", "mode": {"is": {"mode": 384, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}, "node-file:/etc/kubernetes/pki/ca.crt": {"path": "/etc/kubernetes/pki/ca.crt", "role": "node", "mode": {"is": {"mode": 420, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    if !is_cluster_credential(it) {
        return not_applicable();
    }
    let mode = see.get(&it.mode)?.mode;
    if mode & 0o004 == 0 {
        return pass();
    }
    fail(None, format!("can be read by every account (mode {:04o})", mode & 0o7777))
}

fn mend(spot: &Spot) -> Mend {
    match spot.guarded().map(|it| (it, spot.see.get(&it.mode))) {
        Some((it, Ok(mode))) => Mend::safe(vec![spot.mode(&it.path, mode.mode & 0o7770 & !0o020)]),
        _ => Mend::Person("its mode is not known".into()),
    }
}

use crate::checks::prelude::*;
use crate::host::in_container;

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
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/etc/kubernetes/admin.conf": {"mode": 420, "uid": 0, "gid": 0}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/etc/kubernetes/admin.conf": {"mode": 384, "uid": 0, "gid": 0}, "/etc/kubernetes/pki/ca.crt": {"mode": 420, "uid": 0, "gid": 0}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let mut found = Vec::new();
    for (path, mode) in see.get(&it.guarded_files)? {
        let secret = path.starts_with("/etc/kubernetes/")
            && (path.ends_with(".key") || path.ends_with(".conf") && !path.contains("/pki/"));
        if let Some(mode) = mode.filter(|mode| secret && mode.mode & 0o004 != 0) {
            let what = format!("lets every account read {path} (mode {:04o})", mode.mode & 0o7777);
            found.push(Fault { what, at: None });
        }
    }
    faults(found)
}

fn mend(spot: &Spot) -> Mend {
    let files = spot.host().and_then(|it| spot.see.get(&it.guarded_files).ok()).into_iter().flatten();
    let of = |path: &str| spot.fault.what.contains(&format!(" read {path} (mode "));
    match files.filter_map(|(path, mode)| Some((path, (*mode)?))).find(|(path, _)| of(path)) {
        Some((path, mode)) => Mend::safe(vec![spot.mode(path, mode.mode & 0o7770 & !0o020)]),
        None => Mend::Person("its mode is not known".into()),
    }
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The key of the secrets lies in a file beside them.
    ///
    /// ## What it checks
    /// An EncryptionConfiguration whose provider that writes secrets is not `kms`, so that the key itself
    /// stands in the file.
    /// ## Why it matters
    /// Whoever has the disk or the backup of the control plane, or this file in a repository, has key and
    /// secrets together. Nobody renews such a key, since every API server must be changed by hand.
    /// ## Fix
    /// Use a `kms` provider (API version v2): the key stays in a key service, which renews it and records its
    /// use.
    "encryption-key-beside-secrets",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["envelope-encryption", "encrypt-secrets", "cis-kubernetes"],
    ids: &["attack:T1552.001", "cis-kubernetes:1.2.28"],
    bad: &[
        Example::Tree(&[("encryption.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets, configmaps]
    providers:
      - aescbc: {keys: [{name: key1, secret: dGhpcyBpcyBhIHNhbXBsZSBrZXkgb2YgMzIgYnl0ZXMh}]}
      - identity: {}
"#)]),
        Example::Tree(&[("encryption.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: ["*.*"]
    providers:
      - identity: {}
      - secretbox: {keys: [{name: key1, secret: dGhpcyBpcyBhIHNhbXBsZSBrZXkgb2YgMzIgYnl0ZXMh}]}
"#)]),
    ],
    good: &[
        Example::Tree(&[("encryption.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms: {apiVersion: v2, name: shop, endpoint: "unix:///run/kms.sock"}
      - identity: {}
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if !matches!(it.kind.as_str(), "EncryptionConfiguration" | "EncryptionConfig") {
        return not_applicable();
    }
    let local = |name: &str| matches!(name, "aescbc" | "aesgcm" | "secretbox");
    let Some(providers) = k8s::providers(see, it)? else { return not_applicable() };
    match providers.iter().find(|(name, _)| *name != "identity") {
        Some((name, at)) if local(name) => {
            fail(Some(at.clone()), format!("holds the key of {name} itself instead of asking a key service"))
        }
        Some(_) => pass(),
        None => not_applicable(),
    }
}

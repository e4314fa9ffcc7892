use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The encryption configuration leaves secrets as they are.
    ///
    /// ## What it checks
    /// An EncryptionConfiguration in which no entry covers `secrets`, or the first provider of the entry that
    /// does is `identity`. Only the first provider writes; the others are for reading what was written before.
    /// ## Why it matters
    /// New secrets lie in etcd and its backups as plain text, although encryption looks as if it were set up.
    /// ## Fix
    /// Put a `kms` provider first in the entry for `secrets`, keep `identity` last until all secrets were
    /// written anew, then remove it.
    "secrets-not-encrypted",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["encrypt-secrets", "cis-kubernetes"],
    ids: &["attack:T1552.001", "cis-kubernetes:1.2.28"],
    bad: &[
        Example::Tree(&[("encryption.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - identity: {}
      - aescbc: {keys: [{name: key1, secret: dGhpcyBpcyBhIHNhbXBsZSBrZXkgb2YgMzIgYnl0ZXMh}]}
"#)]),
        Example::Tree(&[("encryption.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [configmaps]
    providers: [{kms: {apiVersion: v2, name: shop, endpoint: "unix:///run/kms.sock"}}]
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
        Example::Tree(&[("encryption.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets, configmaps]
    providers:
      - secretbox: {keys: [{name: key1, secret: dGhpcyBpcyBhIHNhbXBsZSBrZXkgb2YgMzIgYnl0ZXMh}]}
      - identity: {}
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if !matches!(it.kind.as_str(), "EncryptionConfiguration" | "EncryptionConfig") {
        return not_applicable();
    }
    match k8s::providers(see, it)? {
        None => fail(None, "has no entry for secrets"),
        Some(providers) => match providers.first() {
            Some((name, at)) if *name == "identity" => {
                fail(Some(at.clone()), "writes secrets as they are: its first provider is identity")
            }
            Some(_) => pass(),
            None => fail(None, "names no provider for secrets"),
        },
    }
}

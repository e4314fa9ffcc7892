use crate::checks::prelude::*;
use crate::cloud::{block, is};

check! {
    /// Secrets of a managed cluster are not encrypted by a key of one's own.
    ///
    /// ## What it checks
    /// `encryption_config` of EKS, `database_encryption` of GKE, `key_management_service` of AKS.
    /// ## Why it matters
    /// Without it the provider's own key is all that stands before a copy of the cluster's store, and no use of it
    /// is seen or can be stopped.
    /// ## Fix
    /// Give the cluster a key of the key service with rotation: EKS `encryption_config { resources = ["secrets"]
    /// provider { key_arn = ... } }`.
    "cluster-secrets-without-own-key",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["envelope-encryption", "encrypt-secrets"],
    ids: &["attack:T1552.001"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_eks_cluster" "shop" {
  name = "shop"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_container_cluster" "shop" {
  database_encryption {
    state = "DECRYPTED"
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_eks_cluster" "shop" {
  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = aws_kms_key.cluster.arn
    }
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_container_cluster" "shop" {
  database_encryption {
    state    = "ENCRYPTED"
    key_name = google_kms_crypto_key.cluster.id
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    let key = match it.kind.as_str() {
        _ if is(it, &["aws_eks_cluster"]) => "encryption_config",
        _ if is(it, &["google_container_cluster"]) => "database_encryption",
        _ if is(it, &["azurerm_kubernetes_cluster"]) => "key_management_service",
        _ => return not_applicable(),
    };
    match block(see, &it.body, key)? {
        None => {
            fail(Some(it.body.pos()), format!("has no {key}: its secrets are not under a key of one's own"))
        }
        Some(own) if key == "database_encryption" && see.text_at(own, &["state"])? != Some("ENCRYPTED") => {
            fail(Some(own.pos()), "does not encrypt its secrets by a key of one's own")
        }
        Some(_) => pass(),
    }
}

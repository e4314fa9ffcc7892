use crate::checks::prelude::*;

check! {
    /// A managed cluster keeps no logs of its control plane.
    ///
    /// ## What it checks
    /// `enabled_cluster_log_types` of `aws_eks_cluster`: `audit` and `authenticator`; `logging_service` of
    /// `google_container_cluster`.
    /// ## Why it matters
    /// Who did what through the API is recorded by the provider only where it is asked for.
    /// ## Fix
    /// Set `enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]`.
    "cluster-without-control-plane-logs",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["end-to-end-logging", "logs-outside-cluster"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_eks_cluster" "c" {
  name = "c"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_eks_cluster" "c" {
  enabled_cluster_log_types = ["api", "audit", "authenticator"]
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" {
        return not_applicable();
    }
    if it.kind == "google_container_cluster" {
        return match see.text_at(&it.body, &["logging_service"])? {
            Some("none") => fail(Some(it.body.pos()), "keeps no logs (logging_service none)"),
            _ => pass(),
        };
    }
    if it.kind != "aws_eks_cluster" {
        return not_applicable();
    }
    let mut kinds = Vec::new();
    if let Some(node) = see.child(&it.body, &["enabled_cluster_log_types"])? {
        for item in see.items(node)? {
            kinds.push(see.text(item)?);
        }
    }
    let lacks: Vec<&str> =
        ["audit", "authenticator"].into_iter().filter(|kind| !kinds.contains(kind)).collect();
    if lacks.is_empty() {
        pass()
    } else {
        fail(Some(it.body.pos()), format!("keeps no logs of the kind {}", lacks.join(", ")))
    }
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The cluster is set up with a version that is no longer mended.
    ///
    /// ## What it checks
    /// `kubernetesVersion` of kubeadm's ClusterConfiguration, `metadata.version` of eksctl's ClusterConfig and
    /// `spec.version` of KubeadmControlPlane, against the versions that Kubernetes supported on 1 July 2026
    /// (1.34 and later). Later ends of life, and longer support that a provider sells, are not known here.
    /// ## Why it matters
    /// Holes that are found in such a version stay open for ever, and everybody can read about them.
    /// ## Fix
    /// Set a supported version and upgrade, one minor version after the other.
    "end-of-life-cluster",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["current-version", "cis-kubernetes"],
    ids: &["attack:T1190", "attack:T1068"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.24.0
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: shop, region: eu-west-1, version: "1.27"}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    let path: &[&str] = match (k8s::group(&it.api_version), it.kind.as_str()) {
        ("kubeadm.k8s.io", "ClusterConfiguration") => &["kubernetesVersion"],
        ("eksctl.io", "ClusterConfig") => &["metadata", "version"],
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane") => &["spec", "version"],
        _ => return not_applicable(),
    };
    let Some(node) = see.child(&it.body, path)? else { return not_applicable() };
    let version = see.text(node)?;
    match k8s::minor(version) {
        Some(minor) if minor < k8s::OLDEST_MINOR => {
            fail(Some(node.pos()), format!("asks for Kubernetes {version}, which is no longer mended"))
        }
        Some(_) => pass(),
        // `stable` and the like follow what is current.
        None => not_applicable(),
    }
}

use crate::checks::prelude::*;

check! {
    /// The kubelet answers callers who have not logged in.
    ///
    /// ## What it checks
    /// `authentication.anonymous.enabled: true` in a KubeletConfiguration. Not set means false there.
    /// ## Why it matters
    /// Whoever reaches port 10250 of the node lists its pods and, where the kubelet allows everything, runs
    /// programs in them.
    /// ## Fix
    /// Set `authentication.anonymous.enabled: false`, `authentication.webhook.enabled: true` and
    /// `authentication.x509.clientCAFile`.
    "kubelet-anonymous",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1613", "attack:T1609", "nist:3.3.5", "cis-kubernetes:4.2.1"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}}
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}}
"#)]),
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 0
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "KubeletConfiguration" {
        return not_applicable();
    }
    let path = ["authentication", "anonymous", "enabled"];
    match see.child(&it.body, &path)? {
        Some(node) if see.flag(node)? => fail(Some(node.pos()), "lets callers in who have not logged in"),
        _ => pass(),
    }
}

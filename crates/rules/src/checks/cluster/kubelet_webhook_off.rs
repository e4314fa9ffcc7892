use crate::checks::prelude::*;

check! {
    /// The kubelet does not ask the API server who a caller is.
    ///
    /// ## What it checks
    /// `authentication.webhook.enabled: false` in a KubeletConfiguration.
    /// ## Why it matters
    /// Tokens are not checked, so monitoring and people come in by shared client certificates or not logged in
    /// at all.
    /// ## Fix
    /// Set `authentication.webhook.enabled: true`, which is the default.
    "kubelet-webhook-off",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1613", "nist:3.3.5"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {webhook: {enabled: false}}
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {webhook: {enabled: true}}
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
    match see.child(&it.body, &["authentication", "webhook", "enabled"])? {
        Some(node) if !see.flag(node)? => fail(Some(node.pos()), "does not check tokens with the API server"),
        _ => pass(),
    }
}

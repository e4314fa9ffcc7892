use crate::checks::prelude::*;

check! {
    /// The kubelet allows everything to every caller.
    ///
    /// ## What it checks
    /// `authorization.mode: AlwaysAllow` in a KubeletConfiguration.
    /// ## Why it matters
    /// Every certificate and token that the kubelet accepts, that of any pod perhaps, may run programs in all
    /// pods of the node.
    /// ## Fix
    /// Set `authorization.mode: Webhook`, so that the API server decides.
    "kubelet-always-allow",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1609", "nist:3.3.5", "cis-kubernetes:4.2.2"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authorization: {mode: AlwaysAllow}
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authorization: {mode: Webhook}
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
    match see.child(&it.body, &["authorization", "mode"])? {
        Some(node) if see.text(node)? == "AlwaysAllow" => {
            fail(Some(node.pos()), "allows everything to every caller (authorization.mode)")
        }
        _ => pass(),
    }
}

use crate::checks::prelude::*;

check! {
    /// Idle connections into pods are never closed.
    ///
    /// ## What it checks
    /// `streamingConnectionIdleTimeout: 0` in a KubeletConfiguration.
    /// ## Why it matters
    /// A forgotten `kubectl exec` stays open for ever, and so does one that somebody took over; many of them
    /// use up the node's ports.
    /// ## Fix
    /// Leave it out (four hours) or set some minutes.
    "kubelet-streams-forever",
    layer: Layer::Cluster,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1499", "nist:3.3.5", "cis-kubernetes:4.2.5"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
streamingConnectionIdleTimeout: 0s
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
streamingConnectionIdleTimeout: 5m
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
    match see.child(&it.body, &["streamingConnectionIdleTimeout"])? {
        Some(node) if matches!(see.text(node)?, "0" | "0s" | "0m" | "0h") => {
            fail(Some(node.pos()), "never closes idle connections (streamingConnectionIdleTimeout)")
        }
        _ => pass(),
    }
}

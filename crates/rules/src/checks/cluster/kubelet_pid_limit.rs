use crate::checks::prelude::*;

check! {
    /// A pod may start as many processes as it likes.
    ///
    /// ## What it checks
    /// `podPidsLimit` in a KubeletConfiguration that is not set or not above 0. A pod cannot limit its
    /// processes itself.
    /// ## Why it matters
    /// One pod that forks without end takes the process ids of the node, and with them every other pod.
    /// ## Fix
    /// Set `podPidsLimit`, to some hundred or thousand.
    "kubelet-pid-limit",
    layer: Layer::Cluster,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes", "resource-limits"],
    ids: &["attack:T1499", "nist:3.3.5", "cis-kubernetes:4.2.13"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
podPidsLimit: -1
"#)]),
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 0
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
podPidsLimit: 512
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "KubeletConfiguration" {
        return not_applicable();
    }
    match see.child(&it.body, &["podPidsLimit"])? {
        Some(node) if see.text(node)?.parse::<i64>().is_ok_and(|limit| limit > 0) => pass(),
        node => fail(node.map(|node| node.pos()), "does not limit the processes of a pod (podPidsLimit)"),
    }
}

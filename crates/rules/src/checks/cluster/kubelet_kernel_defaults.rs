use crate::checks::prelude::*;

check! {
    /// The kubelet changes kernel settings of its node.
    ///
    /// ## What it checks
    /// `protectKernelDefaults` that is not `true` in a KubeletConfiguration.
    /// ## Why it matters
    /// The kubelet quietly sets the kernel as it likes instead of refusing to start on a node that is not set
    /// up as agreed; what was hardened is undone.
    /// ## Fix
    /// Set the sysctls that the kubelet wants in the image of the node, then `protectKernelDefaults: true`.
    "kubelet-kernel-defaults",
    layer: Layer::Cluster,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1611", "nist:3.3.5"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
protectKernelDefaults: false
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
protectKernelDefaults: true
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "KubeletConfiguration" {
        return not_applicable();
    }
    match see.child(&it.body, &["protectKernelDefaults"])? {
        Some(node) if see.flag(node)? => pass(),
        node => fail(node.map(|node| node.pos()), "sets kernel settings itself (protectKernelDefaults)"),
    }
}

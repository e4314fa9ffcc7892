use crate::checks::prelude::*;

check! {
    /// The kubelet has a port that asks for no login.
    ///
    /// ## What it checks
    /// `readOnlyPort` other than 0 in a KubeletConfiguration.
    /// ## Why it matters
    /// Every pod and whoever reaches the node sees which pods run there, with their images, variables and
    /// addresses.
    /// ## Fix
    /// Set `readOnlyPort: 0`; metrics are on port 10250 for whoever may read `nodes/metrics`.
    "kubelet-read-only-port",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1613", "nist:3.3.5", "cis-kubernetes:4.2.4"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 10255
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 0
"#)]),
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "KubeletConfiguration" {
        return not_applicable();
    }
    match see.child(&it.body, &["readOnlyPort"])? {
        Some(node) if see.text(node)? != "0" => fail(
            Some(node.pos()),
            format!("serves port {} to callers who have not logged in", see.text(node)?),
        ),
        _ => pass(),
    }
}

use crate::checks::prelude::*;

check! {
    /// The certificate of the kubelet is not renewed.
    ///
    /// ## What it checks
    /// `rotateCertificates` that is not `true` in a KubeletConfiguration, or `RotateKubeletServerCertificate:
    /// false` among its `featureGates`.
    /// ## Why it matters
    /// When the client certificate ends the node drops out, so people make certificates that last for years; a
    /// stolen one lasts as long.
    /// ## Fix
    /// Set `rotateCertificates: true` and `serverTLSBootstrap: true`.
    "kubelet-certificate-rotation",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["rotate-kubelet-certificates", "cis-kubernetes"],
    ids: &["attack:T1649", "nist:3.3.5", "cis-kubernetes:4.2.10", "cis-kubernetes:4.2.11"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: false
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
rotateCertificates: true
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "KubeletConfiguration" {
        return not_applicable();
    }
    if let Some(gate) = see.child(&it.body, &["featureGates", "RotateKubeletServerCertificate"])?
        && !see.flag(gate)?
    {
        return fail(Some(gate.pos()), "turns the renewal of its serving certificate off");
    }
    match see.child(&it.body, &["rotateCertificates"])? {
        Some(node) if see.flag(node)? => pass(),
        Some(node) => fail(Some(node.pos()), "does not renew its client certificate"),
        None => fail(None, "does not set rotateCertificates, so its client certificate is not renewed"),
    }
}

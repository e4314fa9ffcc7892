use crate::checks::prelude::*;

check! {
    /// The kubelet accepts TLS 1.0 or 1.1.
    ///
    /// ## What it checks
    /// `tlsMinVersion` below 1.2, or cipher suites with RC4 or 3DES among `tlsCipherSuites`, in a
    /// KubeletConfiguration.
    /// ## Why it matters
    /// Somebody between the API server and the node can make them agree on a protocol that is broken.
    /// ## Fix
    /// Leave `tlsMinVersion` out or set `VersionTLS12`; list suites with ECDHE and GCM only.
    "kubelet-old-tls",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "cis-kubernetes"],
    ids: &["attack:T1557", "nist:3.3.5", "cis-kubernetes:4.2.12"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
tlsMinVersion: VersionTLS11
"#)]),
    ],
    good: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
tlsMinVersion: VersionTLS12
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
    if let Some(node) = see.child(&it.body, &["tlsMinVersion"])?
        && matches!(see.text(node)?, "VersionTLS10" | "VersionTLS11")
    {
        return fail(Some(node.pos()), format!("accepts {}", see.text(node)?));
    }
    let Some(suites) = see.child(&it.body, &["tlsCipherSuites"])? else { return pass() };
    for suite in see.items(suites)? {
        let name = see.text(suite)?;
        if name.contains("RC4") || name.contains("3DES") {
            return fail(Some(suite.pos()), format!("accepts the cipher suite {name}"));
        }
    }
    pass()
}

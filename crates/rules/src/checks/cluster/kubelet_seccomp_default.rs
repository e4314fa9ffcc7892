use crate::checks::prelude::*;

check! {
    /// Pods of the node have no system call filter unless they ask for one.
    ///
    /// ## What it checks
    /// `seccompDefault` that is not `true` in a KubeletConfiguration.
    /// ## Why it matters
    /// Without it a pod that names no profile runs unconfined: more than 300 system calls of the kernel are
    /// open to it, those of the last escapes among them.
    /// ## Fix
    /// Set `seccompDefault: true`. Pods that need more name `Unconfined` themselves, and are seen.
    "kubelet-seccomp-default",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-kubelet", "seccomp"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-kubernetes:4.2.14"],
    bad: &[
        Example::Tree(&[("kubelet.yaml", r#"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
seccompDefault: false
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
seccompDefault: true
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "KubeletConfiguration" {
        return not_applicable();
    }
    match see.child(&it.body, &["seccompDefault"])? {
        Some(node) if see.flag(node)? => pass(),
        node => fail(
            node.map(|node| node.pos()),
            "leaves pods without a seccomp profile unconfined (seccompDefault)",
        ),
    }
}

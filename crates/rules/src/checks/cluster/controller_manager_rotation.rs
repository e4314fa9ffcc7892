use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Serving certificates of kubelets are not renewed.
    ///
    /// ## What it checks
    /// `RotateKubeletServerCertificate=false` among `--feature-gates` of kube-controller-manager. Only pods
    /// that run this program are judged.
    /// ## Why it matters
    /// Kubelets keep serving certificates until these end, or make their own, which nobody can check.
    /// ## Fix
    /// Take the feature gate out; it is on by itself.
    "controller-manager-rotation",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["rotate-kubelet-certificates", "cis-kubernetes"],
    ids: &["attack:T1557", "nist:3.3.5", "cis-kubernetes:1.3.6"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-controller-manager, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-controller-manager
      image: registry.k8s.io/kube-controller-manager:v1.36.3
      command:
        - kube-controller-manager
        - --feature-gates=RotateKubeletServerCertificate=false
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-controller-manager, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-controller-manager
      image: registry.k8s.io/kube-controller-manager:v1.36.3
      command:
        - kube-controller-manager
        - --feature-gates=RotateKubeletServerCertificate=true
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-controller-manager, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-controller-manager
      image: registry.k8s.io/kube-controller-manager:v1.36.3
      command:
        - kube-controller-manager
        - --profiling=false
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-controller-manager", |see, _, flags| {
        if flags.lists(see, "feature-gates", "RotateKubeletServerCertificate=false")? {
            return fail(flags.at.clone(), "turns RotateKubeletServerCertificate off");
        }
        pass()
    })
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The controllers share one account.
    ///
    /// ## What it checks
    /// kube-controller-manager without `--use-service-account-credentials=true`. Only pods that run this
    /// program are judged.
    /// ## Why it matters
    /// Every controller then has the rights of all, and the audit log cannot tell which of them did something.
    /// ## Fix
    /// Set `--use-service-account-credentials=true`.
    "controller-manager-credentials",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "rbac-least-privilege"],
    ids: &["attack:T1078", "nist:3.3.1", "cis-kubernetes:1.3.3"],
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
        - --profiling=false
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
        - --use-service-account-credentials=true
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-controller-manager", |see, _, flags| {
        if flags.on(see, "use-service-account-credentials", false)? {
            return pass();
        }
        fail(flags.at.clone(), "runs every controller with one account (--use-service-account-credentials)")
    })
}

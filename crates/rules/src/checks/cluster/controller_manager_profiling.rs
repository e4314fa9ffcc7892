use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The controller manager serves its profile.
    ///
    /// ## What it checks
    /// `--profiling` of kube-controller-manager: `true`, or not set, which means true. Only pods that run this
    /// program are judged.
    /// ## Why it matters
    /// The profile tells what runs inside, and asking for it again and again uses up the processor.
    /// ## Fix
    /// Set `--profiling=false`.
    "controller-manager-profiling",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-kubernetes"],
    ids: &["attack:T1499", "cis-kubernetes:1.3.2"],
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
        - --profiling=true
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
        - --v=2
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
        - --profiling=false
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-controller-manager", |see, _, flags| {
        if flags.on(see, "profiling", true)? {
            return fail(flags.at.clone(), "serves its profile (--profiling)");
        }
        pass()
    })
}

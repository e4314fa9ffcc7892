use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server does not hold kubelets to their own node.
    ///
    /// ## What it checks
    /// `--enable-admission-plugins` of kube-apiserver without `NodeRestriction`, which is not on by itself.
    /// Only pods that run this program are judged.
    /// ## Why it matters
    /// A taken kubelet can change the labels, taints and pods of other nodes, and so draw their workloads with
    /// their secrets to itself.
    /// ## Fix
    /// Add `NodeRestriction` to `--enable-admission-plugins`, with `Node` in `--authorization-mode`.
    "apiserver-node-restriction",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "restrict-kubelet"],
    ids: &["attack:T1552.007", "nist:3.3.5", "cis-kubernetes:1.2.14"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.36.3
      command:
        - kube-apiserver
        - --enable-admission-plugins=PodSecurity
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.36.3
      command:
        - kube-apiserver
        - --authorization-mode=Node,RBAC
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.36.3
      command:
        - kube-apiserver
        - --enable-admission-plugins=NodeRestriction,PodSecurity
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        let on = flags.lists(see, "enable-admission-plugins", "NodeRestriction")?
            || flags.lists(see, "admission-control", "NodeRestriction")?;
        if on {
            pass()
        } else {
            fail(flags.at.clone(), "does not enable the admission plugin NodeRestriction")
        }
    })
}

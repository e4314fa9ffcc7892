use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server does not authorize by Node and RBAC.
    ///
    /// ## What it checks
    /// `--authorization-mode` of kube-apiserver without `Node` or without `RBAC`. `AlwaysAllow` is told by a
    /// check of its own. Only pods that run this program are judged.
    /// ## Why it matters
    /// Without RBAC, roles and bindings mean nothing. Without Node, a kubelet needs wide rights and one taken
    /// node reads the secrets of all.
    /// ## Fix
    /// Set `--authorization-mode=Node,RBAC`.
    "apiserver-authorization-mode",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "rbac-least-privilege", "restrict-kubelet"],
    ids: &["attack:T1552.007", "nist:3.3.1", "cis-kubernetes:1.2.7", "cis-kubernetes:1.2.8"],
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
        - --authorization-mode=ABAC
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
        - --authorization-mode=RBAC
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
        - --authorization-mode=Node,RBAC
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
        - --authorization-mode=Node,RBAC,Webhook
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        if flags.get(see, "authorization-config")?.is_some() {
            return Err(see.unclear(Why::NotRead, "the file that --authorization-config names"));
        }
        if flags.get(see, "authorization-mode")?.is_none()
            || flags.lists(see, "authorization-mode", "AlwaysAllow")?
        {
            return not_applicable();
        }
        let mut found = Vec::new();
        for mode in ["Node", "RBAC"] {
            if !flags.lists(see, "authorization-mode", mode)? {
                found.push(Fault { what: format!("does not authorize by {mode}"), at: flags.at.clone() });
            }
        }
        faults(found)
    })
}

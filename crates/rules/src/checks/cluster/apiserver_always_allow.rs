use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server allows everything to everybody.
    ///
    /// ## What it checks
    /// `--authorization-mode` of kube-apiserver with `AlwaysAllow`, or not set without
    /// `--authorization-config`, which means the same. Only pods that run this program are judged.
    /// ## Why it matters
    /// Every caller, a pod or a stranger where anonymous requests are let in, is administrator of the cluster.
    /// ## Fix
    /// Set `--authorization-mode=Node,RBAC`.
    "apiserver-always-allow",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["restrict-api-access", "cis-kubernetes", "rbac-least-privilege"],
    ids: &["attack:T1133", "attack:T1609", "nist:3.3.1", "cis-kubernetes:1.2.6"],
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
        - --authorization-mode=AlwaysAllow
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
        - --authorization-mode=RBAC,AlwaysAllow
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
        - --anonymous-auth=false
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
        - --authorization-config=/etc/kubernetes/authorization.yaml
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        match flags.get(see, "authorization-mode")? {
            Some(_) if flags.lists(see, "authorization-mode", "AlwaysAllow")? => fail(
                flags.at.clone(),
                "allows everything to everybody (--authorization-mode has AlwaysAllow)",
            ),
            Some(_) => pass(),
            // The file cannot hold AlwaysAllow: the API server refuses it there.
            None if flags.get(see, "authorization-config")?.is_some() => pass(),
            None => fail(flags.at.clone(), "does not set --authorization-mode, so everything is allowed"),
        }
    })
}

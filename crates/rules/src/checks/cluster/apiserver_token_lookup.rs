use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server takes tokens whose account is gone.
    ///
    /// ## What it checks
    /// `--service-account-lookup=false` of kube-apiserver. Only pods that run this program are judged.
    /// ## Why it matters
    /// A token keeps working after its secret or service account was deleted, so a stolen one cannot be taken
    /// back.
    /// ## Fix
    /// Remove the flag; to look tokens up is the default.
    "apiserver-token-lookup",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "restrict-api-access"],
    ids: &["attack:T1550.001", "nist:3.3.1", "cis-kubernetes:1.2.21"],
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
        - --service-account-lookup=false
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
        - --service-account-lookup=true
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
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        if flags.on(see, "service-account-lookup", true)? {
            return pass();
        }
        fail(flags.at.clone(), "takes tokens of accounts that are gone (--service-account-lookup=false)")
    })
}

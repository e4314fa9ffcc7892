use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server takes tokens from a file.
    ///
    /// ## What it checks
    /// `--token-auth-file` or `--basic-auth-file` of kube-apiserver. Only pods that run this program are
    /// judged.
    /// ## Why it matters
    /// The tokens stand in plain text on the disk, never end and can be changed only by a restart. Whoever
    /// reads the file once is whoever stands in it.
    /// ## Fix
    /// Remove the flag. People log in by OIDC, programs by tokens of service accounts that end.
    "apiserver-static-tokens",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-api-access", "cis-kubernetes"],
    ids: &["attack:T1078", "attack:T1550.001", "nist:3.3.2", "cis-kubernetes:1.2.2"],
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
        - --token-auth-file=/etc/kubernetes/users.csv
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
        - --basic-auth-file
        - /etc/kubernetes/users.csv
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
        - --anonymous-auth=false
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        for name in ["token-auth-file", "basic-auth-file"] {
            if flags.get(see, name)?.is_some() {
                return fail(flags.at.clone(), format!("takes credentials from a file (--{name})"));
            }
        }
        pass()
    })
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server has a port without login or TLS.
    ///
    /// ## What it checks
    /// `--insecure-port` other than 0 or `--insecure-bind-address` of kube-apiserver, which versions before
    /// 1.24 know. Only pods that run this program are judged.
    /// ## Why it matters
    /// The port passes by login and authorization alike: whoever reaches it is administrator.
    /// ## Fix
    /// Remove both flags (before 1.20 set `--insecure-port=0`), and renew a version that still knows them.
    "apiserver-insecure-port",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["restrict-api-access", "cis-kubernetes"],
    ids: &["attack:T1133", "nist:3.3.2"],
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
        - --insecure-port=8080
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
        - --insecure-bind-address=0.0.0.0
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
        - --insecure-port=0
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
        - --secure-port=6443
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        let open = flags.get(see, "insecure-port")?.is_some_and(|port| port != "0");
        let bound = flags.get(see, "insecure-bind-address")?.is_some();
        let closed = flags.get(see, "insecure-port")? == Some("0");
        if open || (bound && !closed) {
            return fail(flags.at.clone(), "serves a port that asks for no login");
        }
        pass()
    })
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server accepts TLS 1.0 or 1.1.
    ///
    /// ## What it checks
    /// `--tls-min-version` of kube-apiserver below 1.2, or cipher suites with RC4 or 3DES among
    /// `--tls-cipher-suites`. Only pods that run this program are judged.
    /// ## Why it matters
    /// Somebody between client and server can make them agree on a protocol that is broken, and read tokens.
    /// ## Fix
    /// Remove `--tls-min-version` or set `VersionTLS12`; list suites with ECDHE and GCM only.
    "apiserver-old-tls",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-api-access", "cis-kubernetes"],
    ids: &["attack:T1557", "nist:3.3.2", "cis-kubernetes:1.2.29"],
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
        - --tls-min-version=VersionTLS10
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
        - --tls-cipher-suites=TLS_RSA_WITH_3DES_EDE_CBC_SHA
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
        - --tls-min-version=VersionTLS12
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
        if let Some(version @ ("VersionTLS10" | "VersionTLS11")) = flags.get(see, "tls-min-version")? {
            return fail(flags.at.clone(), format!("accepts {version}"));
        }
        let suites = flags.get(see, "tls-cipher-suites")?.unwrap_or_default();
        match suites.split(',').find(|suite| suite.contains("RC4") || suite.contains("3DES")) {
            Some(suite) => fail(flags.at.clone(), format!("accepts the cipher suite {}", suite.trim())),
            None => pass(),
        }
    })
}

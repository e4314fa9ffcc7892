use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server answers callers who have not logged in.
    ///
    /// ## What it checks
    /// `--anonymous-auth` of kube-apiserver: `true`, or not set, which means true, unless
    /// `--authentication-config` decides it. Only pods that run this program are judged.
    /// ## Why it matters
    /// Anybody who reaches the port learns the version and whatever else is bound to `system:anonymous`; a
    /// fault in authorization is then open to everybody.
    /// ## Fix
    /// Set `--anonymous-auth=false`, and let probes use a client certificate; or allow `/livez`, `/readyz` and
    /// `/healthz` alone by `anonymous.conditions` in the file of `--authentication-config`.
    "apiserver-anonymous",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["restrict-api-access", "cis-kubernetes"],
    ids: &["attack:T1613", "nist:3.3.1", "cis-kubernetes:1.2.1"],
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
        - --anonymous-auth=true
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
        - --anonymous-auth=false
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        if flags.get(see, "authentication-config")?.is_some() && flags.get(see, "anonymous-auth")?.is_none() {
            return Err(see.unclear(Why::NotRead, "the file that --authentication-config names"));
        }
        match (flags.on(see, "anonymous-auth", true)?, flags.get(see, "anonymous-auth")?) {
            (false, _) => pass(),
            (true, None) => {
                fail(flags.at.clone(), "does not set --anonymous-auth, so callers need not log in")
            }
            (true, Some(_)) => {
                fail(flags.at.clone(), "lets callers in who have not logged in (--anonymous-auth)")
            }
        }
    })
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server has its admission checks turned off.
    ///
    /// ## What it checks
    /// `AlwaysAdmit` among `--enable-admission-plugins`, or `PodSecurity`, `ServiceAccount` or
    /// `NamespaceLifecycle` among `--disable-admission-plugins` of kube-apiserver. Only pods that run this
    /// program are judged.
    /// ## Why it matters
    /// These plugins are on by themselves for a reason: without PodSecurity the labels of namespaces mean
    /// nothing, and any pod may be privileged.
    /// ## Fix
    /// Take the plugins out of `--disable-admission-plugins`, and `AlwaysAdmit` out of
    /// `--enable-admission-plugins`.
    "apiserver-admission-off",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "pod-security"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-kubernetes:1.2.10", "cis-kubernetes:1.2.12", "cis-kubernetes:1.2.13"],
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
        - --enable-admission-plugins=AlwaysAdmit
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
        - --disable-admission-plugins=PodSecurity
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
        - --enable-admission-plugins=NodeRestriction
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
        - --disable-admission-plugins=DefaultTolerationSeconds
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        let mut found = Vec::new();
        // It admits all only where nothing else objects, and whoever sets it means just that.
        if flags.lists(see, "enable-admission-plugins", "AlwaysAdmit")? {
            found.push(Fault {
                what: "enables the admission plugin AlwaysAdmit".into(),
                at: flags.at.clone(),
            });
        }
        for plugin in ["PodSecurity", "ServiceAccount", "NamespaceLifecycle"] {
            if flags.lists(see, "disable-admission-plugins", plugin)? {
                found.push(Fault {
                    what: format!("disables the admission plugin {plugin}"),
                    at: flags.at.clone(),
                });
            }
        }
        faults(found)
    })
}

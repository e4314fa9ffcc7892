use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server does not check who the kubelet is.
    ///
    /// ## What it checks
    /// kube-apiserver without `--kubelet-certificate-authority`, or without the client certificate that it
    /// shows to kubelets. Only pods that run this program are judged.
    /// ## Why it matters
    /// Commands and their output, `kubectl exec` and logs, go to whoever answers at the node's address;
    /// somebody between the two reads and changes them.
    /// ## Fix
    /// Let kubelets ask for serving certificates (`serverTLSBootstrap: true`), approve these, and set
    /// `--kubelet-certificate-authority`, `--kubelet-client-certificate` and `--kubelet-client-key`.
    "apiserver-kubelet-trust",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "restrict-kubelet", "mutual-tls"],
    ids: &["attack:T1557", "nist:3.3.5", "cis-kubernetes:1.2.4", "cis-kubernetes:1.2.5"],
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
        - --kubelet-client-certificate=/pki/kubelet.crt
        - --kubelet-client-key=/pki/kubelet.key
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
        - --kubelet-certificate-authority=/pki/ca.crt
        - --kubelet-client-certificate=/pki/kubelet.crt
        - --kubelet-client-key=/pki/kubelet.key
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        let mut found = Vec::new();
        let kubelet = ["kubelet-certificate-authority", "kubelet-client-certificate", "kubelet-client-key"];
        for name in kubelet {
            if flags.get(see, name)?.is_none() {
                found.push(Fault { what: format!("does not set --{name}"), at: flags.at.clone() });
            }
        }
        faults(found)
    })
}

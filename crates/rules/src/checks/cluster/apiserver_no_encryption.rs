use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server stores secrets as they are.
    ///
    /// ## What it checks
    /// kube-apiserver without `--encryption-provider-config`. Only pods that run this program are judged.
    /// ## Why it matters
    /// Secrets lie in etcd, on its disk and in its backups as plain text; whoever gets one backup has them all.
    /// ## Fix
    /// Write an EncryptionConfiguration with a `kms` provider first for `secrets`, set
    /// `--encryption-provider-config`, and write all secrets anew.
    "apiserver-no-encryption",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["encrypt-secrets", "cis-kubernetes"],
    ids: &["attack:T1552.001", "cis-kubernetes:1.2.27"],
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
        - --encryption-provider-config=/etc/kubernetes/encryption.yaml
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        match flags.get(see, "encryption-provider-config")? {
            Some(_) => pass(),
            None => fail(
                flags.at.clone(),
                "does not set --encryption-provider-config, so secrets are stored as they are",
            ),
        }
    })
}

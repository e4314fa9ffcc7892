use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Members of etcd do not check each other.
    ///
    /// ## What it checks
    /// etcd of several members without `--peer-client-cert-auth=true`, or with `--peer-auto-tls`. An etcd whose
    /// `--initial-cluster` has one member is left out. Only pods that run this program are judged.
    /// ## Why it matters
    /// Whoever reaches the peer port can join the cluster and take all data along.
    /// ## Fix
    /// Set `--peer-client-cert-auth=true`, `--peer-trusted-ca-file`, `--peer-cert-file` and `--peer-key-file`.
    "etcd-peers-unchecked",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "mutual-tls"],
    ids: &["attack:T1557", "nist:3.3.5", "cis-kubernetes:2.4", "cis-kubernetes:2.5", "cis-kubernetes:2.6"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:v1.36.3
      command:
        - etcd
        - --initial-cluster=a=https://10.0.0.1:2380,b=https://10.0.0.2:2380
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:v1.36.3
      command:
        - etcd
        - --peer-client-cert-auth=true
        - --peer-auto-tls=true
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:v1.36.3
      command:
        - etcd
        - --peer-client-cert-auth=true
        - --initial-cluster=a=https://10.0.0.1:2380,b=https://10.0.0.2:2380
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:v1.36.3
      command:
        - etcd
        - --peer-client-cert-auth=true
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "etcd", |see, _, flags| {
        if flags.on(see, "peer-auto-tls", false)? {
            return fail(flags.at.clone(), "lets members make their own certificates (--peer-auto-tls)");
        }
        if flags.on(see, "peer-client-cert-auth", false)? {
            return pass();
        }
        match flags.get(see, "initial-cluster")? {
            Some(members) if members.contains(',') => {
                fail(flags.at.clone(), "asks its peers for no certificate (--peer-client-cert-auth)")
            }
            _ => not_applicable(),
        }
    })
}

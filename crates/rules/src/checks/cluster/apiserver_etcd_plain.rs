use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server speaks to etcd without mutual TLS.
    ///
    /// ## What it checks
    /// kube-apiserver whose `--etcd-servers` have a `http://` address, or that sets no `--etcd-cafile`,
    /// `--etcd-certfile` or `--etcd-keyfile`. Sockets on the same machine are left out. Only pods that run this
    /// program are judged.
    /// ## Why it matters
    /// etcd holds every secret of the cluster. Without certificates whoever reaches it reads and writes all of
    /// it.
    /// ## Fix
    /// Use `https://` addresses and set `--etcd-cafile`, `--etcd-certfile` and `--etcd-keyfile`.
    "apiserver-etcd-plain",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "mutual-tls", "encrypt-secrets"],
    ids: &["attack:T1552", "attack:T1557", "nist:3.3.2", "cis-kubernetes:1.2.23", "cis-kubernetes:1.2.26"],
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
        - --etcd-servers=http://127.0.0.1:2379
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
        - --etcd-servers=https://10.0.0.1:2379
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
        - --etcd-servers=https://127.0.0.1:2379
        - --etcd-cafile=/pki/etcd-ca.crt
        - --etcd-certfile=/pki/etcd.crt
        - --etcd-keyfile=/pki/etcd.key
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-apiserver", |see, _, flags| {
        let Some(servers) = flags.get(see, "etcd-servers")? else { return not_applicable() };
        if servers.split(',').all(|server| server.starts_with("unix:")) {
            return pass();
        }
        if servers.split(',').any(|server| server.starts_with("http://")) {
            return fail(flags.at.clone(), "speaks to etcd without TLS (--etcd-servers)");
        }
        let mut found = Vec::new();
        for name in ["etcd-cafile", "etcd-certfile", "etcd-keyfile"] {
            if flags.get(see, name)?.is_none() {
                found.push(Fault { what: format!("does not set --{name}"), at: flags.at.clone() });
            }
        }
        faults(found)
    })
}

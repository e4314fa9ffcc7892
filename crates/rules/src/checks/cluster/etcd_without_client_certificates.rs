use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// etcd does not ask who is there.
    ///
    /// ## What it checks
    /// etcd without `--client-cert-auth=true`, without `--cert-file` and `--key-file`, or with `--auto-tls`.
    /// Only pods that run this program are judged. One that listens on the loopback address of its own pod, and
    /// not of the node, is reached by its neighbours in the pod alone and passes.
    /// ## Why it matters
    /// etcd has no roles of its own in Kubernetes: whoever may connect reads every secret and writes any
    /// object, past the API server.
    /// ## Fix
    /// Set `--client-cert-auth=true`, `--trusted-ca-file`, `--cert-file` and `--key-file`, and remove
    /// `--auto-tls`.
    "etcd-without-client-certificates",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-kubernetes", "mutual-tls", "encrypt-secrets"],
    ids: &["attack:T1552", "nist:3.3.2", "cis-kubernetes:2.1", "cis-kubernetes:2.2", "cis-kubernetes:2.3"],
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
        - --listen-client-urls=http://0.0.0.0:2379
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
        - --cert-file=/pki/s.crt
        - --key-file=/pki/s.key
        - --listen-client-urls=https://10.0.0.1:2379
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
      command: [etcd, "--listen-client-urls=http://127.0.0.1:2379"]
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
        - --client-cert-auth=true
        - --cert-file=/pki/s.crt
        - --key-file=/pki/s.key
        - --trusted-ca-file=/pki/ca.crt
        - --listen-client-urls=https://10.0.0.1:2379
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: wardle-server, namespace: wardle}
spec:
  selector: {matchLabels: {app: wardle}}
  template:
    metadata: {labels: {app: wardle}}
    spec:
      containers:
        - name: wardle-server
          image: registry.k8s.io/e2e-test-images/sample-apiserver:1.29.2
          args: ["--etcd-servers=http://127.0.0.1:2379"]
        - name: etcd
          image: registry.k8s.io/etcd:3.5.16-0
          command: [/usr/local/bin/etcd]
          args:
            - --listen-client-urls=http://127.0.0.1:2379
            - --advertise-client-urls=http://127.0.0.1:2379
"#)]),
    ],
}

/// Is it an address of the machine, or of the pod, itself?
fn is_loopback(url: &str) -> bool {
    let url = url.trim();
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    url.starts_with("unix")
        || ["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|loopback| host.starts_with(loopback))
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "etcd", |see, container, flags| {
        let mut found = Vec::new();
        // An etcd that takes its settings from a file or from variables gives none of them here.
        if flags.get(see, "listen-client-urls")?.is_none() && flags.get(see, "client-cert-auth")?.is_none() {
            return Err(see.unclear(Why::NotRead, "the settings of etcd, which no flag gives"));
        }
        let listens = flags.get(see, "listen-client-urls")?.unwrap_or("http://localhost:2379");
        if listens.split(',').all(is_loopback)
            && !see.get(&container.declared.host_namespaces)?.contains(&Kind::Net)
        {
            return pass();
        }
        if !flags.on(see, "client-cert-auth", false)? {
            found.push(Fault {
                what: "asks clients for no certificate (--client-cert-auth)".into(),
                at: flags.at.clone(),
            });
        }
        if flags.get(see, "cert-file")?.is_none() || flags.get(see, "key-file")?.is_none() {
            found.push(Fault {
                what: "serves clients without TLS (--cert-file, --key-file)".into(),
                at: flags.at.clone(),
            });
        }
        if flags.on(see, "auto-tls", false)? {
            found.push(Fault {
                what: "makes its own certificate, which nobody can check (--auto-tls)".into(),
                at: flags.at.clone(),
            });
        }
        faults(found)
    })
}

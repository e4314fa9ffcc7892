use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A service opens a database or an administrator's port to the outside.
    ///
    /// ## What it checks
    /// Services of type NodePort or LoadBalancer whose port or target port is one of SSH, a database, a cache,
    /// etcd, the Docker engine and the like. A load balancer with `loadBalancerSourceRanges`, or that the
    /// provider keeps inside, is left out.
    /// ## Why it matters
    /// Such ports are found within minutes and their passwords tried without end; often nothing but a password,
    /// or nothing at all, stands before the data.
    /// ## Fix
    /// Use `type: ClusterIP`. People reach it by `kubectl port-forward` or a VPN.
    "inner-port-exposed",
    layer: Layer::Network,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["separate-dmz", "limit-blast-radius"],
    ids: &["attack:T1133", "attack:T1110", "nist:3.3.4"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  type: NodePort
  selector: {app: db}
  ports: [{port: 5432, nodePort: 30432}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  ports: [{port: 2222, targetPort: 22}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  selector: {app: db}
  ports: [{port: 5432}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  ports: [{port: 443}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [10.0.0.0/8]
  ports: [{port: 5432}]
"#)]),
    ],
}

/// Is it an administrator's or a database's port, which the internet has no business with?
fn inner(port: &str) -> Option<&'static str> {
    const PORTS: [(&str, &str); 17] = [
        ("22", "SSH"),
        ("23", "telnet"),
        ("111", "RPC"),
        ("445", "SMB"),
        ("1433", "SQL Server"),
        ("1521", "Oracle"),
        ("2049", "NFS"),
        ("2375", "the Docker engine"),
        ("2379", "etcd"),
        ("3306", "MySQL"),
        ("3389", "remote desktop"),
        ("5432", "PostgreSQL"),
        ("5900", "VNC"),
        ("6379", "Redis"),
        ("9200", "Elasticsearch"),
        ("11211", "memcached"),
        ("27017", "MongoDB"),
    ];
    PORTS.iter().find(|(number, _)| *number == port).map(|(_, name)| *name)
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Service" || !it.api_version.eq("v1") {
        return not_applicable();
    }
    let Some((kind, _)) = k8s::opened(see, it)? else { return pass() };
    let Some(ports) = see.child(&it.body, &["spec", "ports"])? else { return pass() };
    each(see, see.items(ports)?, |see, port| {
        for key in ["port", "targetPort"] {
            if let Some(node) = see.child(port, &[key])?
                && let Some(name) = inner(see.text(node)?)
            {
                return fail(Some(node.pos()), format!("opens port {} ({name}) as {kind}", see.text(node)?));
            }
        }
        pass()
    })
}

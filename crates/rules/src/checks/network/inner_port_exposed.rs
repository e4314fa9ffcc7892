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

/// Does the provider keep the load balancer inside the network?
fn is_internal(see: &See, it: &Object) -> Result<bool, tyrian_model::fact::Unseen> {
    const MARKS: [(&str, &str); 8] = [
        ("service.beta.kubernetes.io/aws-load-balancer-internal", ""),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
        ("networking.gke.io/load-balancer-type", "internal"),
        ("cloud.google.com/load-balancer-type", "internal"),
        ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
        ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
        ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
    ];
    for (key, value) in MARKS {
        if let Some(text) = see.text_at(&it.body, &["metadata", "annotations", key])?
            && text != "false"
            && (value.is_empty() || text.eq_ignore_ascii_case(value))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The type, where it opens the service beyond the cluster to whoever asks.
fn opened<'o>(see: &See, it: &'o Object) -> Result<Option<(&'o str, Pos)>, tyrian_model::fact::Unseen> {
    let Some(node) = see.child(&it.body, &["spec", "type"])? else { return Ok(None) };
    let kind = see.text(node)?;
    let open = match kind {
        "NodePort" => true,
        "LoadBalancer" => {
            let mut limited = false;
            if let Some(ranges) = see.child(&it.body, &["spec", "loadBalancerSourceRanges"])? {
                let ranges = see.items(ranges)?;
                limited = !ranges.is_empty();
                for range in ranges {
                    limited &= !k8s::is_everybody(see.text(range)?);
                }
            }
            !limited && !is_internal(see, it)?
        }
        _ => false,
    };
    Ok(open.then(|| (kind, node.pos())))
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Service" || !it.api_version.eq("v1") {
        return not_applicable();
    }
    let Some((kind, _)) = opened(see, it)? else { return pass() };
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

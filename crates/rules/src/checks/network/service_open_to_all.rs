use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A service is open to every address.
    ///
    /// ## What it checks
    /// Services of type LoadBalancer without `loadBalancerSourceRanges`, unless the provider keeps it inside
    /// the network, and Services of type NodePort, which are open on every node. What is meant for everybody is
    /// right to be so, and this finding then says what belongs into the DMZ.
    /// ## Why it matters
    /// What faces the internet is attacked all day. It stands in the same cluster, on the same nodes, as what
    /// does not.
    /// ## Fix
    /// Put one ingress or gateway in front and make the others `ClusterIP`; set `loadBalancerSourceRanges`
    /// where the callers are known; give what faces the internet nodes of its own.
    "service-open-to-all",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["separate-dmz"],
    ids: &["attack:T1190", "nist:3.3.4"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  ports: [{port: 80}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  ports: [{port: 80}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports: [{port: 80}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {networking.gke.io/load-balancer-type: Internal}}
spec:
  type: LoadBalancer
  ports: [{port: 443}]
"#)]),
    ],
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
    if it.kind != "Service" || it.api_version != "v1" {
        return not_applicable();
    }
    match opened(see, it)? {
        Some(("NodePort", at)) => fail(Some(at), "is open on every node (NodePort)"),
        Some((_, at)) => fail(Some(at), "is open to every address (LoadBalancer without source ranges)"),
        None => pass(),
    }
}

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

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Service" || it.api_version != "v1" {
        return not_applicable();
    }
    match k8s::opened(see, it)? {
        Some(("NodePort", at)) => fail(Some(at), "is open on every node (NodePort)"),
        Some((_, at)) => fail(Some(at), "is open to every address (LoadBalancer without source ranges)"),
        None => pass(),
    }
}

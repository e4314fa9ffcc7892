use crate::checks::prelude::*;

check! {
    /// A service takes traffic for addresses of its own choice.
    ///
    /// ## What it checks
    /// Services with `externalIPs`.
    /// ## Why it matters
    /// Nothing checks that the address belongs to the service: whoever may write it takes the traffic of every
    /// pod to that address (CVE-2020-8554).
    /// ## Fix
    /// Use a load balancer or an ingress, and enable the admission plugin `DenyServiceExternalIPs`.
    "service-external-ip",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["mutual-tls", "limit-blast-radius"],
    ids: &["attack:T1557", "nist:3.3.3", "cis-kubernetes:1.2.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  externalIPs: [203.0.113.10]
  ports: [{port: 443}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports: [{port: 443}]
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Service" || it.api_version != "v1" {
        return not_applicable();
    }
    match see.child(&it.body, &["spec", "externalIPs"])? {
        Some(node) if !see.items(node)?.is_empty() => {
            fail(Some(node.pos()), "takes the traffic of externalIPs")
        }
        _ => pass(),
    }
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A network policy lets pods out to everywhere.
    ///
    /// ## What it checks
    /// Egress rules that name no peer, or 0.0.0.0/0 without exceptions, and no port.
    /// ## Why it matters
    /// A taken pod reaches the whole cluster, the internet and the metadata service: tools come in, data goes
    /// out.
    /// ## Fix
    /// Name the peers and ports. For a service on the internet use 0.0.0.0/0 with `port: 443` and `except` for
    /// the private ranges and 169.254.0.0/16, or a policy by host name of the network plugin.
    "egress-to-everywhere",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["network-least-privilege", "limit-blast-radius"],
    ids: &["attack:T1048", "attack:T1071", "nist:3.4.2"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress: [{}]
  egress: [{}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]
"#)]),
    ],
}

fn check(see: &See, it: &NetworkPolicy) -> Judged {
    let Some(rules) = k8s::rules(see, it, k8s::Way::Egress)? else { return not_applicable() };
    let open = rules.iter().filter(|rule| k8s::is_open(rule));
    faults(
        open.map(|rule| Fault { what: "lets its pods out to everywhere".into(), at: rule.at.clone() })
            .collect(),
    )
}

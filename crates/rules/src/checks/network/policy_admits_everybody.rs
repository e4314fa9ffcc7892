use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A network policy lets everybody in.
    ///
    /// ## What it checks
    /// Ingress rules that name no peer, or 0.0.0.0/0, and no port; and rules that name no peer in a policy for
    /// every pod of its namespace. A rule that opens the port of one application to all is left out: that is
    /// what faces the internet.
    /// ## Why it matters
    /// Policies only add up: this one undoes all the others for the pods that it selects.
    /// ## Fix
    /// Name peers by `podSelector` and `namespaceSelector`, and the port, for each connection that is needed.
    "policy-admits-everybody",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["network-least-privilege", "network-policy"],
    ids: &["attack:T1210", "nist:3.3.3"],
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
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]
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
  podSelector: {matchLabels: {app: web}}
  ingress: [{ports: [{port: 443}]}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [{podSelector: {}}]}]
"#)]),
    ],
}

fn check(see: &See, it: &NetworkPolicy) -> Judged {
    let Some(rules) = k8s::rules(see, it, k8s::Way::Ingress)? else { return not_applicable() };
    let mut found = Vec::new();
    for rule in rules {
        let what = if k8s::is_open(rule) {
            "lets everybody in, on every port"
        } else if rule.any_peer && *see.get(&it.selects_all)? {
            "lets everybody in to every pod of the namespace"
        } else {
            continue;
        };
        found.push(Fault { what: what.into(), at: rule.at.clone() });
    }
    faults(found)
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A policy of Cilium lets everybody through.
    ///
    /// ## What it checks
    /// Rules of CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies that name the entity `all` or the
    /// range 0.0.0.0/0 and no port.
    /// ## Why it matters
    /// Policies only add up: this one undoes the others for the pods that it selects.
    /// ## Fix
    /// Name endpoints, entities such as `kube-apiserver`, or host names by `toFQDNs`, and the ports in
    /// `toPorts`.
    "cilium-admits-everybody",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["network-least-privilege", "network-policy", "limit-blast-radius"],
    ids: &["attack:T1210", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {}, ingress: [{fromEntities: [all]}]}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: web}}, egress: [{toCIDR: [0.0.0.0/0]}]}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}], egress: [{}]}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [all], toPorts: [{ports: [{port: "443"}]}]}]}
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if !matches!(it.kind.as_str(), "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") {
        return not_applicable();
    }
    let mut rules = Vec::new();
    for (way, entities, ranges) in
        [("ingress", "fromEntities", "fromCIDR"), ("egress", "toEntities", "toCIDR")]
    {
        if let Some(list) = see.child(&it.body, &["spec", way])? {
            rules.extend(see.items(list)?.iter().map(|rule| (way, entities, ranges, rule)));
        }
    }
    each(see, rules, |see, (way, entities, ranges, rule)| {
        if see.child(rule, &["toPorts"])?.is_some() || see.child(rule, &["icmps"])?.is_some() {
            return pass();
        }
        for key in [entities, ranges] {
            let Some(list) = see.child(rule, &[key])? else { continue };
            for one in see.items(list)? {
                if see.text(one)? == "all" || k8s::is_everybody(see.text(one)?) {
                    return fail(Some(one.pos()), format!("lets everybody through ({way}, {key})"));
                }
            }
        }
        pass()
    })
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use std::net::Ipv4Addr;
check! {
    /// A network policy lets pods reach the metadata service of their machine.
    ///
    /// ## What it checks
    /// Egress rules over all ports that let 169.254.169.254 through: by 0.0.0.0/0 or a part of 169.254.0.0/16
    /// without an exception for it, or by naming no peer. Whether the machine has such a service, and asks for
    /// a token with one hop, does not show in a policy.
    /// ## Why it matters
    /// In most clouds the service gives whoever asks the credentials of the node, and often more than that.
    /// ## Fix
    /// Add 169.254.169.254/32 to `except`, name the ports that are needed, and let the machine demand tokens
    /// with one hop.
    "metadata-service-open",
    layer: Layer::Network,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["metadata-proxy"],
    ids: &["attack:T1552.005", "nist:3.4.2"],
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
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]
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
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
"#)]),
    ],
}

/// The metadata service of most clouds.
const SERVICE: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// Does the range hold the metadata service?
fn holds(range: &str) -> bool {
    let (address, length) = range.split_once('/').unwrap_or((range, "32"));
    let (Ok(address), Ok(length)) = (address.parse::<Ipv4Addr>(), length.parse::<u32>()) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32u32.saturating_sub(length)).unwrap_or(0);
    length <= 32 && u32::from(address) & mask == u32::from(SERVICE) & mask
}

fn check(see: &See, it: &NetworkPolicy) -> Judged {
    let Some(rules) = k8s::rules(see, it, k8s::Way::Egress)? else { return not_applicable() };
    let mut found = Vec::new();
    for rule in rules.iter().filter(|rule| rule.any_port) {
        let reached =
            rule.cidrs.iter().any(|cidr| holds(cidr)) && !rule.excepts.iter().any(|cidr| holds(cidr));
        if rule.any_peer || reached {
            found.push(Fault { what: "lets pods reach 169.254.169.254".into(), at: rule.at.clone() });
        }
    }
    faults(found)
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The mesh accepts plain text.
    ///
    /// ## What it checks
    /// `mtls.mode` and `portLevelMtls` of PeerAuthentications of Istio: `PERMISSIVE` or `DISABLE`; and
    /// DestinationRules with `tls.mode: DISABLE` for services of the cluster.
    /// ## Why it matters
    /// Whoever sits in the network connects without a certificate: identities, and every rule that builds on
    /// them, mean nothing for that port.
    /// ## Fix
    /// Set `mtls.mode: STRICT` for the namespace. Probes and scrapers that cannot do it get a port of their
    /// own, with a rule of its own.
    "mesh-plain-text",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["mutual-tls", "service-mesh"],
    ids: &["attack:T1557", "attack:T1040", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}, selector: {matchLabels: {app: db}}, portLevelMtls: {5432: {mode: DISABLE}}}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db, namespace: shop}
spec: {host: db.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db, namespace: shop}
spec: {host: db.shop.svc.cluster.local, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    match (k8s::group(&it.api_version), it.kind.as_str()) {
        ("security.istio.io", "PeerAuthentication") => {
            let mut found = Vec::new();
            let mut mode = |at: &str, node| -> Result<(), tyrian_model::fact::Unseen> {
                let mode = see.text(node)?;
                if matches!(mode, "PERMISSIVE" | "DISABLE") {
                    found.push(Fault {
                        what: format!("accepts plain text{at} ({mode})"),
                        at: Some(node.pos()),
                    });
                }
                Ok(())
            };
            if let Some(node) = see.child(&it.body, &["spec", "mtls", "mode"])? {
                mode("", node)?;
            }
            if let Some(ports) = see.child(&it.body, &["spec", "portLevelMtls"])? {
                for (port, entry) in see.entries(ports)? {
                    if let Some(node) = see.child(entry, &["mode"])? {
                        mode(&format!(" on port {port}"), node)?;
                    }
                }
            }
            faults(found)
        }
        ("networking.istio.io", "DestinationRule") => {
            let host = see.text_at(&it.body, &["spec", "host"])?.unwrap_or_default();
            let inside = host.ends_with(".local") || host.ends_with(".svc") || !host.contains('.');
            match see.child(&it.body, &["spec", "trafficPolicy", "tls", "mode"])? {
                Some(node) if inside && see.text(node)? == "DISABLE" => {
                    fail(Some(node.pos()), format!("makes callers of {host} speak plain text"))
                }
                _ => pass(),
            }
        }
        _ => not_applicable(),
    }
}

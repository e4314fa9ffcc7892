use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A policy of the mesh admits every identity.
    ///
    /// ## What it checks
    /// AuthorizationPolicies of Istio with the action ALLOW and a rule without `from`, or whose sources are all
    /// `*`, and that names neither operations nor conditions.
    /// ## Why it matters
    /// The mesh knows who calls and does not ask: every taken workload, and where plain text is accepted
    /// everybody, may call the service. Addresses alone decide then, and these can be borrowed.
    /// ## Fix
    /// Start from an empty policy (`spec: {}`), which denies all, and admit `principals` or `namespaces` for
    /// each service, with the ports that they need.
    "mesh-admits-everybody",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["identity-and-address", "service-mesh"],
    ids: &["attack:T1210", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {action: ALLOW, rules: [{}]}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {rules: [{from: [{source: {ipBlocks: [0.0.0.0/0]}}]}]}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {action: DENY, rules: [{}]}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {rules: [{to: [{operation: {paths: [/healthz]}}]}]}
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if (k8s::group(&it.api_version), it.kind.as_str()) != ("security.istio.io", "AuthorizationPolicy") {
        return not_applicable();
    }
    if see.text_at(&it.body, &["spec", "action"])?.is_some_and(|action| action != "ALLOW") {
        return pass();
    }
    let Some(rules) = see.child(&it.body, &["spec", "rules"])? else { return pass() };
    each(see, see.items(rules)?, |see, rule| {
        for key in ["to", "when"] {
            if see.child(rule, &[key])?.is_some() {
                return pass();
            }
        }
        let Some(from) = see.child(rule, &["from"])? else {
            return fail(Some(rule.pos()), "admits every caller");
        };
        for entry in see.items(from)? {
            let Some(source) = see.child(entry, &["source"])? else { continue };
            let mut narrow = false;
            for (key, list) in see.entries(source)? {
                for one in see.items(list)? {
                    // `*` as a principal asks for some identity at least.
                    let text = see.text(one)?;
                    narrow |= !(k8s::is_everybody(text) || (key == "namespaces" && text == "*"));
                }
            }
            if !narrow {
                return fail(Some(entry.pos()), "admits every caller, whatever the identity");
            }
        }
        pass()
    })
}

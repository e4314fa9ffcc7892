use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An ingress takes plain HTTP.
    ///
    /// ## What it checks
    /// Ingresses without `tls`, or that turn off the redirect of nginx to HTTPS. Where annotations show that a
    /// load balancer in front ends TLS (AWS, Google, Azure, OpenShift, Traefik), the ingress is left out.
    /// ## Why it matters
    /// Logins and cookies can be read and changed by everybody on the way, in a café or at a provider.
    /// ## Fix
    /// Add `tls` with hosts and a secret (cert-manager renews it) and leave the redirect on.
    "ingress-without-tls",
    layer: Layer::Network,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["mutual-tls"],
    ids: &["attack:T1557", "attack:T1040", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop, annotations: {nginx.ingress.kubernetes.io/ssl-redirect: "false"}}
spec:
  tls: [{hosts: [shop.example], secretName: shop}]
  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  tls: [{hosts: [shop.example], secretName: shop}]
  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop, annotations: {alb.ingress.kubernetes.io/certificate-arn: "arn:aws:acm:eu-west-1:111122223333:certificate/1"}}
spec:
  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
"#)]),
    ],
}

/// Annotations by which something in front ends TLS.
const IN_FRONT: [&str; 10] = [
    "alb.ingress.kubernetes.io/certificate-arn",
    "alb.ingress.kubernetes.io/ssl-policy",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "networking.gke.io/certmap",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "route.openshift.io/termination",
    "traefik.ingress.kubernetes.io/router.tls",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
    "haproxy.org/ssl-certificate",
];

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Ingress" || !matches!(k8s::group(&it.api_version), "networking.k8s.io" | "extensions") {
        return not_applicable();
    }
    let annotation = |key: &str| see.child(&it.body, &["metadata", "annotations", key]);
    for key in IN_FRONT {
        if annotation(key)?.is_some() {
            return pass();
        }
    }
    let tls = see.child(&it.body, &["spec", "tls"])?;
    let has_tls = tls.map(|tls| see.items(tls)).transpose()?.is_some_and(|items| !items.is_empty());
    if !has_tls {
        return fail(None, "takes plain HTTP: it has no tls");
    }
    if let Some(node) = annotation("nginx.ingress.kubernetes.io/ssl-redirect")?
        && see.text(node)? == "false"
    {
        return fail(Some(node.pos()), "does not send plain HTTP on to HTTPS (ssl-redirect)");
    }
    pass()
}

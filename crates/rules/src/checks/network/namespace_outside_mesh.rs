use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A namespace with workloads has no part in the mesh.
    ///
    /// ## What it checks
    /// Where manifests hold policies of Istio: namespaces with workloads, but those of Kubernetes and of Istio
    /// itself, without a label that puts them into the mesh (`istio-injection: enabled`, `istio.io/rev`,
    /// `istio.io/dataplane-mode: ambient`). Workloads that ask for a sidecar themselves count.
    /// ## Why it matters
    /// Its workloads have no identity: they speak plain text, or the others must accept it.
    /// ## Fix
    /// Label the namespace `istio.io/dataplane-mode: ambient` or `istio-injection: enabled` and roll its
    /// workloads out again.
    "namespace-outside-mesh",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["service-mesh", "mutual-tls"],
    ids: &["attack:T1557", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, sidecar.istio.io/inject: "true"}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"#)]),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    let name = k8s::local(see.world, &see.world.namespaces, it).trim_start_matches("namespace:");
    if k8s::is_system(name) || name.starts_with("istio") {
        return not_applicable();
    }
    let mesh =
        see.any(&see.world.objects, |_, object| Ok(k8s::group(&object.api_version) == "security.istio.io"))?;
    if mesh.is_none() {
        return not_applicable();
    }
    let labels = see.get(&it.labels)?;
    let is = |key: &str, value: &str| labels.get(key).is_some_and(|label| label.text == value);
    let ambient = is("istio.io/dataplane-mode", "ambient");
    if ambient || is("istio-injection", "enabled") || labels.contains_key("istio.io/rev") {
        return pass();
    }
    let outside = see.any(&see.world.workloads, |see, workload| {
        if workload.namespace != name || k8s::in_host_network(see, workload)? {
            return Ok(false);
        }
        let own = see.get(&workload.labels)?;
        let joins = own.get("sidecar.istio.io/inject").is_some_and(|label| label.text == "true")
            || own.get("istio.io/dataplane-mode").is_some_and(|label| label.text == "ambient");
        Ok(!joins)
    })?;
    match outside {
        Some(_) => fail(None, "has workloads and no part in the mesh"),
        None => pass(),
    }
}

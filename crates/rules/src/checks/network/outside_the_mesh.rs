use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use tyrian_model::workload::Source;
check! {
    /// A workload takes itself out of the mesh.
    ///
    /// ## What it checks
    /// Pods that turn the sidecar of Istio or Linkerd off: `sidecar.istio.io/inject: "false"`,
    /// `linkerd.io/inject: disabled`, `istio.io/dataplane-mode: none` as label or annotation. Pods in the host
    /// network cannot have one.
    /// ## Why it matters
    /// What the workload sends and takes is plain text without identity, and the rules of the mesh do not hold
    /// for it.
    /// ## Fix
    /// Remove the label; where a job cannot end with a sidecar beside it, use native sidecars or the ambient
    /// mode.
    "outside-the-mesh",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["service-mesh", "mutual-tls"],
    ids: &["attack:T1557", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, sidecar.istio.io/inject: "false"}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}, annotations: {linkerd.io/inject: disabled}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, sidecar.istio.io/inject: "true"}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
    ],
}

const OFF: [(&str, &str); 3] = [
    ("sidecar.istio.io/inject", "false"),
    ("linkerd.io/inject", "disabled"),
    ("istio.io/dataplane-mode", "none"),
];

fn check(see: &See, it: &Workload) -> Judged {
    if it.source != Source::Pod || it.windows || k8s::is_system(&it.namespace) {
        return not_applicable();
    }
    for marks in [&it.labels, &it.annotations] {
        let values = see.get(marks)?;
        for (key, value) in OFF {
            if values.get(key).is_some_and(|mark| mark.text == value) {
                if k8s::in_host_network(see, it)? {
                    return not_applicable();
                }
                return fail(marks.pos(), format!("takes itself out of the mesh ({key}: {value})"));
            }
        }
    }
    pass()
}

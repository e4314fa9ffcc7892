use crate::checks::prelude::*;
use tyrian_model::workload::Source;
check! {
    /// The Kubernetes dashboard is deployed.
    ///
    /// ## What it checks
    /// Pods with an image of the Kubernetes dashboard.
    /// ## Why it matters
    /// A web page with the rights of an account stands in the cluster. It was the way in of well-known
    /// break-ins, and the project has been archived, so faults in it stay.
    /// ## Fix
    /// Remove it; use `kubectl` or a tool on the own machine, with the rights of the person who uses it.
    "dashboard-deployed",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["dashboard-off"],
    ids: &["attack:T1133", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubernetes-dashboard, namespace: shop}
spec:
  template:
    metadata: {labels: {app: kubernetes-dashboard}}
    spec:
      containers: [{name: kubernetes-dashboard, image: 'kubernetesui/dashboard:v2.7.0'}]
"#)]),
    ],
    good: &[
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

fn check(see: &See, it: &Workload) -> Judged {
    if it.source != Source::Pod {
        return not_applicable();
    }
    each(see, see.rows(&it.containers).values(), |see, container| {
        let Some(image) = see.get(&container.image)? else { return not_applicable() };
        let repository = image.repository.as_str();
        let dashboard = repository.starts_with("kubernetesui/dashboard")
            || repository.rsplit('/').next().is_some_and(|name| name.starts_with("kubernetes-dashboard"));
        if dashboard { fail(container.image.pos(), "is the Kubernetes dashboard") } else { pass() }
    })
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use tyrian_model::workload::Source;
check! {
    /// Workloads share the namespace default.
    ///
    /// ## What it checks
    /// Whether pods are deployed to the namespace `default`, which is also where a manifest without a namespace
    /// goes unless the command that applies it says otherwise.
    /// ## Why it matters
    /// Rights, quotas and network policies are given by namespace; in `default` everything that nobody placed
    /// is a neighbour of everything else.
    /// ## Fix
    /// Give each application or tenant a namespace of its own and set `metadata.namespace` (or `namespace:` of
    /// the kustomization).
    "default-namespace",
    layer: Layer::Cluster,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["tenant-namespace", "cis-kubernetes"],
    ids: &["attack:T1210", "nist:3.3.3", "cis-kubernetes:5.6.1", "cis-kubernetes:5.6.4"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
    ],
    good: &[
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
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: default}
"#)]),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    let name = k8s::local(see.world, &see.world.namespaces, it);
    if name != "namespace:default" {
        return pass();
    }
    let here =
        |_: &See, workload: &Workload| Ok(workload.source == Source::Pod && workload.namespace == "default");
    match see.any(&see.world.workloads, here)? {
        Some(_) if it.origin.file.is_empty() => {
            fail(None, "has workloads in it, with whatever else names no namespace")
        }
        // Files that name no namespace leave it to the command that applies them.
        Some(_) => {
            fail(None, "gets the workloads of these files, unless whoever applies them says otherwise")
        }
        None => pass(),
    }
}

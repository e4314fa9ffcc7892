use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Pods of a namespace can be reached by every pod of the cluster.
    ///
    /// ## What it checks
    /// Namespaces with workloads of which some are closed by no policy for ingress: none selects every pod and
    /// none selects these, or what selects them lets everybody through. NetworkPolicies of Kubernetes, those of
    /// Calico and those of Cilium that select every pod count. Pods in the host network and the namespaces of
    /// Kubernetes itself are left out. Only the manifests that were read count: a policy that stands elsewhere,
    /// with the platform perhaps, is not seen.
    /// ## Why it matters
    /// One taken pod anywhere in the cluster can try every port of every neighbour: databases, administration
    /// pages, metrics.
    /// ## Fix
    /// Add a NetworkPolicy with `podSelector: {}` and `policyTypes: [Ingress]` without rules to the namespace,
    /// then one for each connection that is needed.
    "no-default-deny-ingress",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["network-policy", "cis-kubernetes", "limit-blast-radius"],
    ids: &["attack:T1210", "attack:T1046", "nist:3.3.3", "cis-kubernetes:5.3.2"],
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
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress: [{}]
  egress: [{}]
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
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
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
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
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
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      containers: [{name: web, image: 'registry.example/web:1'}]
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
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}], egress: [{}]}
"#)]),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    k8s::default_deny(
        see,
        it,
        k8s::Way::Ingress,
        "has pods whose ingress no policy in these manifests closes",
    )
}

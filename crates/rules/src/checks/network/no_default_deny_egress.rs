use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Pods of a namespace can connect to everywhere.
    ///
    /// ## What it checks
    /// Namespaces with workloads of which some are closed by no policy for egress: none selects every pod and
    /// none selects these, or what selects them lets everybody through. NetworkPolicies of Kubernetes, those of
    /// Calico and those of Cilium that select every pod count. Pods in the host network and the namespaces of
    /// Kubernetes itself are left out. Only the manifests that were read count: a policy that stands elsewhere,
    /// with the platform perhaps, is not seen.
    /// ## Why it matters
    /// A taken pod fetches its tools from the internet, sends data out, and asks the metadata service of its
    /// machine for credentials.
    /// ## Fix
    /// Add a NetworkPolicy with `podSelector: {}` and `policyTypes: [Egress]` without rules to the namespace,
    /// then one for each connection that is needed, DNS first.
    "no-default-deny-egress",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["network-policy", "network-least-privilege", "limit-blast-radius", "metadata-proxy"],
    ids: &["attack:T1048", "attack:T1071", "nist:3.4.2"],
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
    k8s::default_deny(see, it, k8s::Way::Egress, "has pods whose egress no policy in these manifests closes")
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can command the kubelets.
    ///
    /// ## What it checks
    /// ClusterRoleBindings whose role allows any verb on `nodes/proxy`. Bindings of the roles of Kubernetes
    /// itself (`system:…`) and to its own users are left out; what allows everything is told by `wildcard-role`
    /// and `cluster-admin-binding`.
    /// ## Why it matters
    /// Through the proxy the account speaks to each kubelet directly and runs programs in every pod of the
    /// node. Admission and the audit log see nothing of it. Even `get` is enough for that, since websockets
    /// begin with it.
    /// ## Fix
    /// Grant `nodes/metrics`, `nodes/stats`, `nodes/log` or `nodes/healthz` instead, or read metrics from the
    /// API server.
    "node-proxy",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "cis-kubernetes", "restrict-kubelet"],
    ids: &["attack:T1609", "attack:T1613", "nist:3.3.1", "cis-kubernetes:5.1.10"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [nodes, nodes/proxy], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [nodes, nodes/metrics], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [secrets, pods, nodes/proxy], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:kube-thing"}]
"#)]),
    ],
}

fn check(see: &See, it: &Binding) -> Judged {
    let test = |rule: &tyrian_model::kubernetes::Rule| {
        rule.verbs.iter().any(|verb| rule.allows(verb, "", "nodes/proxy"))
    };
    k8s::right(see, it, &[k8s::Scope::Cluster], |_| true, test, "reach every kubelet by nodes/proxy")
}

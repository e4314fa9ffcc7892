use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A service account can read every secret of its namespace.
    ///
    /// ## What it checks
    /// RoleBindings to service accounts whose role allows `get`, `list` or `watch` on secrets without naming
    /// them. Bindings of the roles of Kubernetes itself (`system:…`) and to its own users are left out; what
    /// allows everything is told by `wildcard-role` and `cluster-admin-binding`.
    /// ## Why it matters
    /// Who takes a pod of this account reads the passwords and keys of all its neighbours.
    /// ## Fix
    /// Name the secrets in `resourceNames` with the verb `get`, or mount what the pod needs and drop the rule.
    "secrets-of-namespace-readable",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1552.007", "nist:3.3.1", "cis-kubernetes:5.1.2"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: ["secrets", configmaps], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [secrets], resourceNames: [db-password], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
"#)]),
    ],
}

fn check(see: &See, it: &Binding) -> Judged {
    let test = |rule: &tyrian_model::kubernetes::Rule| {
        let reads = ["get", "list", "watch"].iter().any(|verb| rule.allows(verb, "", "secrets"));
        reads && rule.names.is_empty()
    };
    k8s::right(
        see,
        it,
        &[k8s::Scope::Namespace],
        |who| who.starts_with("serviceaccount:") || who.starts_with("group:system:"),
        test,
        "read all secrets of its namespace",
    )
}

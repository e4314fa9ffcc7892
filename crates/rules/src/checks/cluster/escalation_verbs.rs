use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can give itself more rights.
    ///
    /// ## What it checks
    /// Bindings whose role allows `bind` or `escalate` on roles, or `impersonate` on users, groups or service
    /// accounts, without naming which. Bindings of the roles of Kubernetes itself (`system:…`) and to its own
    /// users are left out; what allows everything is told by `wildcard-role` and `cluster-admin-binding`.
    /// ## Why it matters
    /// These verbs switch off the rule that nobody can give away more than they have: the account can become
    /// anybody, or bind itself to `cluster-admin`.
    /// ## Fix
    /// Take the verbs out. Where a controller must bind certain roles, name these in `resourceNames`.
    "escalation-verbs",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1098.006", "nist:3.3.1", "cis-kubernetes:5.1.8"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind, create]}
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
  - {apiGroups: [""], resources: [users, groups], verbs: [impersonate]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [pods, services], verbs: [get, list, watch]}
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
  - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [shop-viewer], verbs: [bind]}
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
        let roles = ["roles", "clusterroles"];
        let rbac = |verb: &str| roles.iter().any(|kind| rule.allows(verb, "rbac.authorization.k8s.io", kind));
        let others = ["users", "groups", "serviceaccounts"];
        let become_other = others.iter().any(|kind| rule.allows("impersonate", "", kind));
        rule.names.is_empty() && (rbac("bind") || rbac("escalate") || become_other)
    };
    k8s::right(
        see,
        it,
        &[k8s::Scope::Cluster, k8s::Scope::Namespace],
        |_| true,
        test,
        "bind, escalate or impersonate",
    )
}

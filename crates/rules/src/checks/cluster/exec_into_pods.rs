use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can run programs inside pods of others.
    ///
    /// ## What it checks
    /// Bindings whose role allows `create` or `get` on `pods/exec` or `pods/attach`, or to change
    /// `pods/ephemeralcontainers`: ClusterRoleBindings to anybody, RoleBindings to service accounts. Bindings
    /// of the roles of Kubernetes itself (`system:…`) and to its own users are left out; what allows everything
    /// is told by `wildcard-role` and `cluster-admin-binding`.
    /// ## Why it matters
    /// Who can enter a pod has its data, its secrets and the rights of its service account. No image and no
    /// policy of admission stands in the way.
    /// ## Fix
    /// Take `pods/exec`, `pods/attach` and `pods/ephemeralcontainers` out of the role. People who debug get
    /// them for a time and in one namespace.
    "exec-into-pods",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1609", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [pods, pods/exec], verbs: [create, get, list]}
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
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
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

/// People may enter the pods of one namespace; a pod has no need to enter another.
fn whom(it: &Binding) -> impl Fn(&str) -> bool + use<> {
    let everywhere = it.namespace.is_none();
    move |who| everywhere || who.starts_with("serviceaccount:") || who.starts_with("group:system:")
}

fn check(see: &See, it: &Binding) -> Judged {
    let test = |rule: &tyrian_model::kubernetes::Rule| {
        let enters = ["pods/exec", "pods/attach"]
            .iter()
            .any(|kind| ["create", "get"].iter().any(|verb| rule.allows(verb, "", kind)));
        let debugs = ["update", "patch"].iter().any(|verb| rule.allows(verb, "", "pods/ephemeralcontainers"));
        rule.names.is_empty() && (enters || debugs)
    };
    k8s::right(see, it, &[k8s::Scope::Cluster, k8s::Scope::Namespace], whom(it), test, "enter pods")
}

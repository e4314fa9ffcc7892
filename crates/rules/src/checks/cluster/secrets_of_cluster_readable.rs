use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can read every secret of the cluster.
    ///
    /// ## What it checks
    /// ClusterRoleBindings whose role allows `get`, `list` or `watch` on all secrets. `list` and `watch` show
    /// the contents as much as `get` does. Bindings of the roles of Kubernetes itself (`system:…`) and to its
    /// own users are left out; what allows everything is told by `wildcard-role` and `cluster-admin-binding`.
    /// ## Why it matters
    /// The tokens, passwords and keys of every namespace, those of administrators among them, are one API call
    /// away from whoever takes the account.
    /// ## Fix
    /// Bind a Role in the namespaces where it is needed, with `resourceNames`, or mount the secret. Where a
    /// controller really must read all of them, give it a node and a namespace of its own and waive the finding
    /// with that reason.
    "secrets-of-cluster-readable",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1552.007", "nist:3.3.1", "cis-kubernetes:5.1.2"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list]}
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
  - {apiGroups: [""], resources: [secrets], resourceNames: [tls], verbs: [get]}
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
        let reads = ["get", "list", "watch"].iter().any(|verb| rule.allows(verb, "", "secrets"));
        reads && rule.names.is_empty()
    };
    k8s::right(see, it, &[k8s::Scope::Cluster], |_| true, test, "read the secrets of every namespace")
}

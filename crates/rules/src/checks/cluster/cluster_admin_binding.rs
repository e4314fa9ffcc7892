use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Somebody is bound to cluster-admin.
    ///
    /// ## What it checks
    /// ClusterRoleBindings to the role `cluster-admin` whose subjects are not parts of Kubernetes itself. In
    /// the manifests of what is deployed such a binding is hardly ever needed.
    /// ## Why it matters
    /// Who takes the account, or the pod that runs as it, has the whole cluster: every secret, every node,
    /// every workload.
    /// ## Fix
    /// Bind a role that names what is needed. Keep `cluster-admin` for a few people, by a group of the identity
    /// provider, outside of the application's manifests.
    "cluster-admin-binding",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1098.006", "attack:T1078", "nist:3.3.1", "cis-kubernetes:5.1.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: shop-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'cluster-admin'}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'cluster-admin'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'cluster-admin'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:masters"}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'view'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
"#)]),
    ],
}

fn check(see: &See, it: &Binding) -> Judged {
    if it.namespace.is_some() {
        return not_applicable();
    }
    if see.get(&it.role)? != "clusterrole:cluster-admin" {
        return pass();
    }
    let others = k8s::others(see.get(&it.subjects)?);
    if others.is_empty() {
        return pass();
    }
    fail(it.role.pos(), format!("makes {} administrator of the whole cluster", k8s::people(&others)))
}

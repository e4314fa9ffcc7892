use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can change who may talk to whom.
    ///
    /// ## What it checks
    /// Bindings whose role allows to create, change or delete network policies (of Kubernetes, Calico or
    /// Cilium) or authorization policies of Istio, whatever their names: ClusterRoleBindings to anybody,
    /// RoleBindings to service accounts. Bindings of the roles of Kubernetes itself (`system:…`) and to its own
    /// users are left out; what allows everything is told by `wildcard-role` and `cluster-admin-binding`.
    /// ## Why it matters
    /// Who can add one policy that lets everything through has undone all others. A pod that can do it holds
    /// the key to its own cell.
    /// ## Fix
    /// Keep policies with the team that owns the network: take these resources out of the role, and let a
    /// pipeline with reviews apply them.
    "network-policy-change",
    layer: Layer::Cluster,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["restrict-network-change", "network-least-privilege"],
    ids: &["attack:T1686", "nist:3.3.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [create, update, delete]}
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
  - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [patch]}
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
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [get, list]}
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
  - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [update]}
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

/// People may own the policies of their namespace; a pod has no need to.
fn whom(it: &Binding) -> impl Fn(&str) -> bool + use<> {
    let everywhere = it.namespace.is_none();
    move |who| everywhere || who.starts_with("serviceaccount:") || who.starts_with("group:system:")
}

fn check(see: &See, it: &Binding) -> Judged {
    let test = |rule: &tyrian_model::kubernetes::Rule| {
        const KINDS: [(&str, &str); 7] = [
            ("networking.k8s.io", "networkpolicies"),
            ("crd.projectcalico.org", "networkpolicies"),
            ("crd.projectcalico.org", "globalnetworkpolicies"),
            ("projectcalico.org", "globalnetworkpolicies"),
            ("cilium.io", "ciliumnetworkpolicies"),
            ("cilium.io", "ciliumclusterwidenetworkpolicies"),
            ("security.istio.io", "authorizationpolicies"),
        ];
        let writes = ["create", "update", "patch", "delete", "deletecollection"];
        let may = |(group, kind): &(&str, &str)| writes.iter().any(|verb| rule.allows(verb, group, kind));
        rule.names.is_empty() && KINDS.iter().any(may)
    };
    k8s::right(
        see,
        it,
        &[k8s::Scope::Cluster, k8s::Scope::Namespace],
        whom(it),
        test,
        "change network policies",
    )
}

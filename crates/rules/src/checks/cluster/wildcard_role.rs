use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A role allows everything.
    ///
    /// ## What it checks
    /// Rules of a Role or ClusterRole with `*` for the verbs and the resources, in the core API group or in all
    /// groups. The roles that Kubernetes brings itself are left out.
    /// ## Why it matters
    /// Whoever holds the role reads every secret, starts any pod and gives itself any other right. Kinds that
    /// are added to the cluster later are covered as well, without anybody deciding it.
    /// ## Fix
    /// Name the resources and verbs that are needed in `rules`. What really administers the cluster is bound to
    /// `cluster-admin`, where it is seen.
    "wildcard-role",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1098.006", "nist:3.3.1", "cis-kubernetes:5.1.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
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
  - {apiGroups: [""], resources: ["*"], verbs: ["*"]}
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
  - {apiGroups: [apps], resources: [deployments], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: shop-team}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [shop.example], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
    ],
}

fn check(see: &See, it: &Role) -> Judged {
    let name = k8s::local(see.world, &see.world.roles, it);
    if name == "clusterrole:cluster-admin" || k8s::is_system_role(name) {
        return not_applicable();
    }
    let wild = see.get(&it.rules)?.iter().filter(|rule| k8s::is_wild(rule));
    faults(
        wild.map(|rule| Fault { what: "allows every verb on every resource".into(), at: rule.at.clone() })
            .collect(),
    )
}

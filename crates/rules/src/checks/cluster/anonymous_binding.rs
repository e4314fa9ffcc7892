use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Somebody who has not logged in has rights.
    ///
    /// ## What it checks
    /// Bindings to `system:anonymous` or `system:unauthenticated`. What every cluster grants them (its version,
    /// its health, the `cluster-info` of kubeadm) is left out.
    /// ## Why it matters
    /// Whoever reaches the API server has these rights, with no account at all.
    /// ## Fix
    /// Remove the subject; give probes and monitoring an account of their own.
    "anonymous-binding",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "restrict-api-access", "cis-kubernetes"],
    ids: &["attack:T1133", "attack:T1190", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: public}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'view'}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:anonymous"}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:unauthenticated"}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: info}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:public-info-viewer'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:unauthenticated"}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: kube-public}
rules:
  - {apiGroups: [""], resources: [configmaps], resourceNames: [cluster-info], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: kube-public}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:anonymous"}]
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
    let anybody = ["user:system:anonymous", "group:system:unauthenticated"];
    if !see.get(&it.subjects)?.iter().any(|subject| anybody.contains(&subject.as_str())) {
        return pass();
    }
    let role = see.get(&it.role)?;
    if k8s::is_system_role(role) {
        return pass();
    }
    let harmless = |rule: &tyrian_model::kubernetes::Rule| {
        let health = rule.groups.is_empty() && rule.verbs.iter().all(|verb| verb == "get");
        let info = rule.names.len() == 1 && rule.names.iter().all(|name| name == "cluster-info");
        health || (info && rule.verbs.iter().all(|verb| verb == "get"))
    };
    if see.find(&see.world.roles, role)?.is_some() && k8s::granted(see, role)?.iter().all(harmless) {
        return pass();
    }
    fail(it.subjects.pos(), format!("grants {role} to callers who have not logged in"))
}

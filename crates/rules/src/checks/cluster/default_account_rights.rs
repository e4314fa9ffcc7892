use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The default service account of a namespace has rights.
    ///
    /// ## What it checks
    /// Bindings whose subject is the service account `default` of a namespace, or all service accounts of a
    /// namespace.
    /// ## Why it matters
    /// Every pod that names no account of its own runs as `default`, so rights meant for one are the rights of
    /// all, of those deployed later too.
    /// ## Fix
    /// Make a service account for the workload that needs the rights, set it in `serviceAccountName`, and bind
    /// that.
    "default-account-rights",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "no-token-automount", "cis-kubernetes"],
    ids: &["attack:T1528", "nist:3.3.1", "cis-kubernetes:5.1.5"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: all, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'view'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts:shop"}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: pull, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:image-puller'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts:shop"}]
"#)]),
    ],
}

fn check(see: &See, it: &Binding) -> Judged {
    if k8s::is_system_role(see.get(&it.role)?) {
        return pass();
    }
    let shared = |subject: &&String| {
        let default = subject.strip_prefix("serviceaccount:").is_some_and(|name| name.ends_with("/default"));
        default || subject.starts_with("group:system:serviceaccounts:")
    };
    match see.get(&it.subjects)?.iter().find(shared) {
        None => pass(),
        Some(who) => fail(
            it.subjects.pos(),
            format!("gives rights to {}, and so to every pod that names none", k8s::people(&[who])),
        ),
    }
}

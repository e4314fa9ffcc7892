use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A service account can start workloads beside itself.
    ///
    /// ## What it checks
    /// RoleBindings to service accounts whose role allows to create pods or their controllers, or to change
    /// controllers, of any name. Bindings of the roles of Kubernetes itself (`system:…`) and to its own users
    /// are left out; what allows everything is told by `wildcard-role` and `cluster-admin-binding`.
    /// ## Why it matters
    /// Who takes a pod of this account starts another with any secret and any service account of the namespace.
    /// ## Fix
    /// Take the rule out where the application does not start pods. A pipeline gets `patch` on the Deployments
    /// that it rolls out, by `resourceNames`; job runners get a namespace of their own.
    "pod-makes-workloads",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["least-privilege-deploy", "rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1610", "nist:3.3.1", "cis-kubernetes:5.1.4"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [create, get, list]}
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
  - {apiGroups: [""], resources: [pods], verbs: [get, list]}
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
  - {apiGroups: [apps], resources: [deployments], resourceNames: [web, worker], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
    ],
}

fn check(see: &See, it: &Binding) -> Judged {
    let test = |rule: &tyrian_model::kubernetes::Rule| k8s::makes_workloads(rule);
    k8s::right(
        see,
        it,
        &[k8s::Scope::Namespace],
        |who| who.starts_with("serviceaccount:") || who.starts_with("group:system:"),
        test,
        "create or change workloads",
    )
}

use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A rule of a role has a wildcard where it could name what is needed.
    ///
    /// ## What it checks
    /// Rules with `*` among the verbs or the resources of an API group of Kubernetes itself. A role that allows
    /// everything is told by `wildcard-role`; an operator may do everything within its own API group.
    ///
    /// What the rule gives to whom it is bound (secrets, `exec`, tokens, workloads) is told at the binding, a
    /// finding for each right: they weigh differently, and one may be wanted and waived where the others are not.
    /// Naming what is needed mends them together.
    /// ## Why it matters
    /// The wildcard covers subresources such as `pods/exec`, verbs such as `escalate` and `bind`, and whatever
    /// later versions add.
    /// ## Fix
    /// Replace `*` by the verbs and resources that are used; the audit log shows which these are.
    "wildcard-rule",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1098.006", "nist:3.3.1", "cis-kubernetes:5.1.3"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: builder, namespace: shop}
rules:
  - {apiGroups: [""], resources: [pods], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [apps], resources: ["*"], verbs: [get, update]}
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
  - {apiGroups: [cert-manager.io], resources: ["*"], verbs: ["*"]}
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
  - {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: builder, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'builder'}
subjects: [{kind: ServiceAccount, name: worker, namespace: shop}]
"#)]),
    ],
}

/// Groups of Kubernetes itself with rights that lead further.
const GROUPS: [&str; 8] = [
    "",
    "*",
    "apps",
    "batch",
    "rbac.authorization.k8s.io",
    "admissionregistration.k8s.io",
    "certificates.k8s.io",
    "networking.k8s.io",
];

fn check(see: &See, it: &Role) -> Judged {
    let name = k8s::local(see.world, &see.world.roles, it);
    if matches!(name, "clusterrole:cluster-admin" | "clusterrole:admin" | "clusterrole:edit")
        || k8s::is_system_role(name)
    {
        return not_applicable();
    }
    let mut found = Vec::new();
    for rule in see.get(&it.rules)? {
        // Rules over URLs have no groups.
        let Some(group) = rule.groups.iter().find(|group| GROUPS.contains(&group.as_str())) else { continue };
        let star = |list: &[String]| list.iter().any(|one| one == "*");
        let what = match (star(&rule.verbs), star(&rule.resources)) {
            _ if k8s::is_wild(rule) || !rule.names.is_empty() => continue,
            (true, true) => "allows every verb on every resource of a group",
            (true, false) => "allows every verb, whatever later versions add",
            (false, true) => "allows its verbs on every resource of a group",
            (false, false) => continue,
        };
        let group = if group.is_empty() { "core" } else { group };
        found.push(Fault { what: format!("{what} (API group {group})"), at: rule.at.clone() });
    }
    faults(found)
}

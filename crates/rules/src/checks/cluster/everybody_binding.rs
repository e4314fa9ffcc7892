use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// Every account of the cluster has the rights of a role.
    ///
    /// ## What it checks
    /// Bindings to `system:authenticated` or to all service accounts (`system:serviceaccounts`) of a role that
    /// writes, or that reads secrets, config maps or pods. What every cluster grants them is left out.
    /// ## Why it matters
    /// The token of any pod, however unimportant, is enough. With some providers everybody who has an account
    /// with them counts as authenticated.
    /// ## Fix
    /// Bind a group of your identity provider, or the service account that needs it.
    "everybody-binding",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1078", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'view'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
"#)]),
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
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts"}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: discovery}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:discovery'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [shop.example], resources: [versions], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: builder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'builder'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
"#)]),
    ],
}

fn check(see: &See, it: &Binding) -> Judged {
    let everybody = ["group:system:authenticated", "group:system:serviceaccounts"];
    let Some(who) = see.get(&it.subjects)?.iter().find(|subject| everybody.contains(&subject.as_str()))
    else {
        return pass();
    };
    let role = see.get(&it.role)?;
    if k8s::is_system_role(role) {
        return pass();
    }
    let harmful = |rule: &tyrian_model::kubernetes::Rule| {
        // `use` was for PodSecurityPolicies, which are gone.
        let reads = |verb: &str| matches!(verb, "get" | "list" | "watch" | "use");
        let review = rule.resources.iter().all(|kind| kind.ends_with("reviews"));
        let own = ["secrets", "configmaps", "pods", "pods/log", "pods/exec"];
        let telling = own.iter().any(|kind| rule.verbs.iter().any(|verb| rule.allows(verb, "", kind)));
        let named = !rule.names.is_empty() && rule.verbs.iter().all(|verb| reads(verb));
        !rule.groups.is_empty()
            && !named
            && ((rule.verbs.iter().any(|verb| !reads(verb)) && !review) || telling)
    };
    if !k8s::granted(see, role)?.iter().any(harmful) {
        return pass();
    }
    let who = who.trim_start_matches("group:");
    fail(it.subjects.pos(), format!("grants {role} to everybody in {who}"))
}

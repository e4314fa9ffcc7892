use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// A binding or manifest gives rights by the group system:masters.
    ///
    /// ## What it checks
    /// Bindings of a role of one's own that name `system:masters` as a subject. The binding `cluster-admin`
    /// that every cluster has is left out.
    /// ## Why it matters
    /// The group passes by every authorization webhook and its rights cannot be taken away but by changing the
    /// certificate authority. A role of one's own bound to it does nothing but to show that the group is in
    /// use.
    /// ## Fix
    /// Use a group of your own and bind that; hand out no certificates with `O=system:masters` but the one kept
    /// for emergencies.
    "system-masters-user",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1098.006", "nist:3.3.1", "cis-kubernetes:5.1.7"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deployers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'deployer'}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:masters"}]
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
    if !see.get(&it.subjects)?.iter().any(|subject| subject == "group:system:masters") {
        return pass();
    }
    let role = see.get(&it.role)?;
    if role == "clusterrole:cluster-admin" || k8s::is_system_role(role) {
        return pass();
    }
    fail(it.subjects.pos(), "counts on members of the group system:masters")
}

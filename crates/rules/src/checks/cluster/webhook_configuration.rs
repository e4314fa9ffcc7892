use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can change what admission lets in.
    ///
    /// ## What it checks
    /// ClusterRoleBindings whose role allows to create or change validating or mutating webhook configurations,
    /// or admission policies, whatever their names. Bindings of the roles of Kubernetes itself (`system:…`) and
    /// to its own users are left out; what allows everything is told by `wildcard-role` and
    /// `cluster-admin-binding`.
    /// ## Why it matters
    /// A webhook sees every object that is written, secrets among them, and a mutating one changes pods of
    /// others on their way in. Deleted, it no longer guards anything.
    /// ## Fix
    /// Name the configuration in `resourceNames`; only `create`, `list` and `watch` cannot be held to a name.
    /// Where an operator keeps its own webhook up to date, `patch` with a name is enough.
    "webhook-configuration",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1546", "nist:3.3.1", "cis-kubernetes:5.1.12"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [get, create, update, patch]}
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
  - {apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], resourceNames: [shop], verbs: [get, patch]}
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
        const KINDS: [&str; 4] = [
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "mutatingadmissionpolicies",
            "validatingadmissionpolicies",
        ];
        let writes = ["update", "patch", "delete", "deletecollection"];
        let may =
            |kind: &&str| writes.iter().any(|verb| rule.allows(verb, "admissionregistration.k8s.io", kind));
        rule.names.is_empty() && KINDS.iter().any(may)
    };
    k8s::right(see, it, &[k8s::Scope::Cluster], |_| true, test, "change webhooks and policies of admission")
}

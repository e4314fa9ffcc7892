use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// An account can approve certificates for anybody.
    ///
    /// ## What it checks
    /// ClusterRoleBindings whose role allows `update` or `patch` on `certificatesigningrequests/approval`,
    /// together with `approve` on any signer. Bindings of the roles of Kubernetes itself (`system:…`) and to
    /// its own users are left out; what allows everything is told by `wildcard-role` and
    /// `cluster-admin-binding`.
    /// ## Why it matters
    /// A certificate of a node or of an administrator is approved by the account itself, lasts for months and
    /// cannot be revoked.
    /// ## Fix
    /// Name the signer in `resourceNames` of the rule over `signers`, and leave approval to the controllers of
    /// Kubernetes where you can.
    "certificate-approval",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["rbac-least-privilege", "cis-kubernetes"],
    ids: &["attack:T1098", "nist:3.3.1", "cis-kubernetes:5.1.11"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: builder}
rules:
  - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}
  - {apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve]}
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
  - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}
  - {apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [shop.example/ingress], verbs: [approve]}
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
        rule.names.is_empty() && rule.allows("approve", "certificates.k8s.io", "signers")
    };
    k8s::right(see, it, &[k8s::Scope::Cluster], |_| true, test, "approve certificates of any signer")
}

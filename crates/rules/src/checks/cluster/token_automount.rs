use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use tyrian_model::workload::Source;
check! {
    /// A pod gets a token of the API that nothing shows it to need.
    ///
    /// ## What it checks
    /// Pods whose token is mounted, because neither the pod nor its service account says
    /// `automountServiceAccountToken: false` (the pod's word counts, and a missing account mounts), and whose
    /// account no binding gives any right. An account of its own with rights is taken to use them, but not the
    /// account `default`. Static pods of the control plane get no token.
    /// ## Why it matters
    /// Who takes the pod has a login to the API server: it shows versions and rules, and whatever is granted to
    /// everybody, now or later.
    /// ## Fix
    /// Set `automountServiceAccountToken: false` in the pod, or in its ServiceAccount for all pods of it.
    "token-automount",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["no-token-automount", "cis-kubernetes"],
    ids: &["attack:T1528", "nist:3.3.1", "cis-kubernetes:5.1.6"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      automountServiceAccountToken: false
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, image: 'registry.example/web:1'}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
"#)]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Workload) -> Judged {
    if it.source != Source::Pod {
        return not_applicable();
    }
    let Some(account) = see.get(&it.service_account)? else { return not_applicable() };
    let mounted = match *see.get(&it.automount_token)? {
        Some(says) => says,
        None => {
            let name = format!("serviceaccount:{}/{account}", it.namespace);
            match see.find(&see.world.service_accounts, &name)? {
                Some(account) => *see.get(&account.automount_token)?,
                None => true,
            }
        }
    };
    if !mounted {
        return pass();
    }
    if it.namespace == "kube-system" && it.kind == "Pod" && k8s::in_host_network(see, it)? {
        return not_applicable();
    }
    // Nobody gives rights to `default` for the sake of this pod.
    if account == "default" {
        return fail(it.automount_token.pos(), "mounts the token of the service account default");
    }
    let own = format!("serviceaccount:{}/{account}", it.namespace);
    let all = format!("group:system:serviceaccounts:{}", it.namespace);
    let bound = see.any(&see.world.bindings, |see, binding| {
        Ok(see.get(&binding.subjects)?.iter().any(|subject| *subject == own || *subject == all))
    })?;
    if bound.is_some() {
        return pass();
    }
    fail(
        it.automount_token.pos(),
        format!("mounts the token of the service account {account}, to which no right is bound"),
    )
}

fn mend(spot: &Spot) -> Mend {
    Mend::to_try(
        vec![spot.in_pod("automountServiceAccountToken", Change::Set(Value::Flag(false)))],
        "a program that speaks to the cluster needs an account of its own, with the rights it uses",
    )
}

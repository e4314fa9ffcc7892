use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use crate::pod_security::policy;

check! {
    /// A namespace has a Pod Security label that the API server does not understand.
    ///
    /// ## What it checks
    /// Labels that begin with `pod-security.kubernetes.io/`: a key that is not `enforce`, `audit`, `warn` or one of
    /// these with `-version`; a level that is not `privileged`, `baseline` or `restricted`; a version that is not
    /// `latest` or `v1.` and a number.
    /// ## Why it matters
    /// A misspelt key is an ordinary label: nothing is enforced, and nobody is told. A value that is none makes the
    /// API server refuse the namespace, so that it is created by hand without it; and where it stands already,
    /// audits and warnings stop.
    /// ## Fix
    /// Write `pod-security.kubernetes.io/enforce: restricted` (or `baseline`), and leave the version out or write it
    /// as `latest` or `v1.36`.
    "pod-security-label-unknown",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["pod-security", "cis-kubernetes"],
    ids: &["attack:T1610", "attack:T1611", "nist:3.4.3", "cis-kubernetes:5.2.1", "pss:baseline"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforced: restricted
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: Restricted
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/enforce-version: "1.30"
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    app.kubernetes.io/part-of: shop
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/enforce-version: v1.36
    pod-security.kubernetes.io/audit: restricted
    pod-security.kubernetes.io/warn: restricted
    pod-security.kubernetes.io/warn-version: latest
"#)]),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    if k8s::is_system(k8s::local(see.world, &see.world.namespaces, it).trim_start_matches("namespace:")) {
        return not_applicable();
    }
    let labels = see.get(&it.labels)?;
    if !labels.keys().any(|key| key.starts_with(policy::PREFIX)) {
        return not_applicable();
    }
    let wrong = policy::wrong_labels(labels);
    faults(wrong.into_iter().map(|label| Fault { what: label.what, at: label.at }).collect())
}

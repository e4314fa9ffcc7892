use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use crate::pod_security::{Level, policy};

check! {
    /// A namespace does not enforce a Pod Security Standard.
    ///
    /// ## What it checks
    /// Namespaces without the label `pod-security.kubernetes.io/enforce`, or with `privileged` in it, but those
    /// of Kubernetes itself. A default for the whole cluster in an AdmissionConfiguration among the manifests
    /// counts. Another admission policy (Kyverno, Gatekeeper) does not show here.
    /// ## Why it matters
    /// Whoever may deploy to the namespace may run privileged pods with the disk of the node in them, and so
    /// takes the node.
    /// ## Fix
    /// Set `pod-security.kubernetes.io/enforce: restricted`, or `baseline` where that is not possible yet; set
    /// `warn` and `audit` first to see what would be refused. Keep what needs the node in a namespace of its
    /// own.
    "pod-security-not-enforced",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["pod-security", "cis-kubernetes"],
    ids: &["attack:T1610", "attack:T1611", "nist:3.4.3", "cis-kubernetes:5.2.1", "pss:baseline"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: privileged}}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
"#)]),
        Example::Tree(&[("ns.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"#), ("admission.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: {enforce: baseline}
"#)]),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    let name = k8s::local(see.world, &see.world.namespaces, it).trim_start_matches("namespace:");
    if k8s::is_system(name) {
        return not_applicable();
    }
    let labels = see.get(&it.labels)?;
    // What is meant and not understood is the matter of `pod-security-label-unknown`.
    if policy::wrong_labels(labels).iter().any(|label| label.name.starts_with("enforc")) {
        return not_applicable();
    }
    match labels.get(&format!("{}enforce", policy::PREFIX)) {
        Some(label) if label.text == "privileged" => {
            fail(it.labels.pos(), "admits any pod: it enforces the standard `privileged`")
        }
        Some(_) => pass(),
        None => match policy::defaults(see)? {
            Some((level, _)) if level > Level::Privileged => pass(),
            _ => fail(None, "enforces no Pod Security Standard"),
        },
    }
}

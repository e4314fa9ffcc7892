use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use crate::pod_security::{Level, Version, controls, policy};

check! {
    /// A namespace enforces an old version of its Pod Security Standard, which misses controls.
    ///
    /// ## What it checks
    /// The label `pod-security.kubernetes.io/enforce-version` of namespaces that enforce `baseline` or `restricted`,
    /// where a control of that level began later. A pinned version that misses none is as good as `latest`.
    /// ## Why it matters
    /// The standard is taken as it stood in that release for ever, whatever the cluster is upgraded to: before v1.8
    /// `restricted` lets setuid programs gain rights, before v1.19 it asks for no seccomp profile, before v1.22 it
    /// lets a container keep the capabilities of the runtime, and before v1.34 either level lets a pod send the
    /// kubelet's probes to other hosts.
    /// ## Fix
    /// Set `pod-security.kubernetes.io/enforce-version` to the minor version of the cluster, or to `latest`; see
    /// with `warn-version: latest` what that would refuse.
    "pod-security-version-old",
    layer: Layer::Cluster,
    gain: Gain::Workload,
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
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: v1.18
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/enforce-version: v1.30
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: v1.34
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/enforce-version: latest
    pod-security.kubernetes.io/warn: baseline
    pod-security.kubernetes.io/warn-version: v1.20
"#)]),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    if k8s::is_system(k8s::local(see.world, &see.world.namespaces, it).trim_start_matches("namespace:")) {
        return not_applicable();
    }
    let labels = see.get(&it.labels)?;
    let label = |name: &str| labels.get(&format!("{}{name}", policy::PREFIX));
    let level = label("enforce").and_then(|label| Level::parse(&label.text));
    let (Some(level), Some(pinned)) =
        (level.filter(|level| *level > Level::Privileged), label("enforce-version"))
    else {
        return not_applicable();
    };
    // What is no version is judged as a label.
    let Some(version) = Version::parse(&pinned.text) else { return not_applicable() };
    // A control whose place a stricter one took began with the one before it.
    let missed: Vec<String> = controls(level, Version::LATEST)
        .filter(|control| !version.is_from(control.since) && control.id != "procMount_restricted")
        .map(|control| format!("{} (v1.{})", control.title.to_lowercase(), control.since))
        .collect();
    if missed.is_empty() {
        return pass();
    }
    let list = missed.join(", ");
    fail(pinned.at.clone(), format!("enforces {level} as of {version}, which does not yet have: {list}"))
}

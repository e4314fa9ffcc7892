use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use crate::pod_security::{Level, breaches, policy};
use std::collections::BTreeSet;

check! {
    /// A pod does not meet the Pod Security Standard that its own namespace enforces.
    ///
    /// ## What it checks
    /// Pods and templates of pods beside the label `pod-security.kubernetes.io/enforce` of their namespace, or the
    /// default of an AdmissionConfiguration among the manifests, in the version that it enforces: field by field as
    /// the admission plugin does it. What the configuration exempts is left out. A mutating webhook that mends pods
    /// on their way in does not show here.
    /// ## Why it matters
    /// Admission refuses the pod. A bare pod fails at once; a Deployment is taken and then has no pods, with the
    /// reason in an event of its replica set alone. Then somebody in a hurry takes the label away.
    /// ## Fix
    /// Set the fields that the finding names; `tyrian scan --benchmark pod-security` says for each what it may be.
    /// What needs more than the standard allows belongs in a namespace of its own.
    "refused-by-own-namespace",
    layer: Layer::Cluster,
    gain: Gain::Hold,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["pod-security"],
    ids: &["nist:3.4.3", "pss:baseline", "pss:restricted"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:2.1
        securityContext: {allowPrivilegeEscalation: false}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: v1
kind: Pod
metadata: {name: debug, namespace: shop}
spec:
  hostPID: true
  containers:
  - name: debug
    image: debug:1
    securityContext: {privileged: true}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: web
        image: web:2.1
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Namespace
metadata: {name: node-agents, labels: {pod-security.kubernetes.io/enforce: privileged}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: node-agents}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      hostPID: true
      containers: [{name: agent, image: 'agent:1'}]
"#)]),
        Example::Tree(&[("pod.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/enforce-version: v1.33}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    image: web:2.1
    livenessProbe: {httpGet: {host: example.org, port: 80}}
"#)]),
        Example::Tree(&[("admission.yaml", r#"
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: {enforce: baseline, enforce-version: latest}
      exemptions: {namespaces: [node-agents]}
"#), ("agents.yaml", r#"
apiVersion: v1
kind: Namespace
metadata: {name: node-agents}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: node-agents}
spec: {hostPID: true, containers: [{name: agent, image: 'agent:1'}]}
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    let pod = see.get(&it.pod_security)?;
    let Some(namespace) = see.find(&see.world.namespaces, &format!("namespace:{}", it.namespace))? else {
        return not_applicable();
    };
    // What is Kubernetes' own is not labelled by a manifest.
    if k8s::is_system(&it.namespace) && !namespace.declared {
        return not_applicable();
    }
    let policy = policy::enforced(see, namespace)?;
    match policy.by {
        policy::By::Nobody => return not_applicable(),
        _ if policy.level == Level::Privileged => return pass(),
        _ => {}
    }
    // What is refused is said in one sentence, so it has to be seen whole.
    let whole = See::new(see.world);
    let found = breaches(&whole, pod, policy.level, policy.version);
    let gaps = whole.gaps();
    if let Some(gap) = gaps.own.into_iter().chain(gaps.beside).next() {
        return Err(see.unclear(gap.why, gap.what));
    }
    let Some(first) = found.first() else { return pass() };
    if policy::is_exempt(see, &it.namespace, see.get(&it.runtime)?.as_deref())? {
        return pass();
    }
    // Each field once, whichever of the containers it stands in.
    let (mut said, mut list) = (BTreeSet::new(), Vec::new());
    for breach in &found {
        let field = breach.below.trim_start_matches("securityContext.");
        if said.insert((field, &breach.value)) {
            list.push(format!("{field} is {}", breach.value));
        }
    }
    let whose = if it.kind == "Pod" { "it" } else { "its pods" };
    let (level, version) = (policy.level, policy.version);
    let list = list.join(", ");
    fail(
        first.at.clone(),
        format!("admission refuses {whose}, for the namespace enforces {level} ({version}): {list}"),
    )
}

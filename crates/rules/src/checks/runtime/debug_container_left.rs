use crate::checks::prelude::*;
use tyrian_model::workload::Role as Part;

check! {
    /// Somebody debugs a pod with a container of its own.
    ///
    /// ## What it checks
    /// `ephemeralContainers` of pods, whose containers cannot be taken out again.
    /// ## Why it matters
    /// A debugging container brings tools into the place they were kept out of, sees what the pod sees, and no
    /// manifest says so. It stays until the pod is replaced.
    /// ## Fix
    /// Find out who put it there and replace the pod. Allow `pods/ephemeralcontainers` to few, and only for a
    /// time.
    "debug-container-left",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["taint-on-access"],
    ids: &["attack:T1609", "nist:3.4.5"],
    bad: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}], ephemeralContainers: [{name: debugger, image: busybox, targetContainerName: a}]}")]),
    ],
    good: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}], initContainers: [{name: b, image: c}]}")]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    let guests: Vec<&str> = see
        .rows(&it.containers)
        .iter()
        .filter(|(_, container)| container.role == Part::Ephemeral)
        .map(|(name, _)| name.as_str())
        .collect();
    if guests.is_empty() {
        return pass();
    }
    fail(it.at.clone(), format!("is debugged with a container of its own: {}", guests.join(", ")))
}

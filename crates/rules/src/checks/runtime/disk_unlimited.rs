use crate::checks::prelude::*;

check! {
    /// A pod can fill the disk of its node.
    ///
    /// ## What it checks
    /// Containers of pods without `limits.ephemeral-storage` that can write to the node's disk: their root file
    /// system is writable, or they mount an emptyDir without `sizeLimit` that does not lie in memory.
    /// ## Why it matters
    /// One pod that writes without end, by a fault or on purpose, has its neighbours evicted: the node defends
    /// itself as a whole.
    /// ## Fix
    /// Set `resources.limits.ephemeral-storage`, for instance `1Gi`, and `sizeLimit` for an emptyDir.
    "disk-unlimited",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["resource-limits"],
    ids: &["attack:T1499", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, resources: {limits: {memory: 1Gi}}}]}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  volumes: [{name: tmp, emptyDir: {}}]
  containers: [{name: a, image: nginx, securityContext: {readOnlyRootFilesystem: true}, volumeMounts: [{name: tmp, mountPath: /tmp}]}]")]),
    ],
    good: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  volumes: [{name: tmp, emptyDir: {sizeLimit: 64Mi}}, {name: shm, emptyDir: {medium: Memory}}]
  containers:
  - {name: a, image: nginx, securityContext: {readOnlyRootFilesystem: true}, volumeMounts: [{name: tmp, mountPath: /tmp}, {name: shm, mountPath: /dev/shm}]}
  - {name: b, image: nginx, resources: {limits: {ephemeral-storage: 1Gi}}}")]),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let open = see.get(&it.details.unsized_directories)?;
    if see.get(&it.details.disk_limit)?.is_some() {
        return pass();
    }
    let at = it.details.disk_limit.pos();
    if !*see.get(&it.read_only_root)? {
        return fail(at, "can fill the disk of its node: no limit of ephemeral storage");
    }
    match open.first() {
        Some(name) => {
            fail(at, format!("can fill the disk of its node through {name}, which has no size limit"))
        }
        None => pass(),
    }
}

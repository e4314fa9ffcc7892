use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// The memory of a container has no limit.
    ///
    /// ## What it checks
    /// `resources.limits.memory` of a pod, `mem_limit` or `deploy.resources.limits.memory` of Compose,
    /// `--memory`, and the limit of the control group.
    /// ## Why it matters
    /// One container that leaks or is made to leak takes the memory of all, and the kernel kills whom it likes.
    /// ## Fix
    /// Set `resources.limits.memory` (`mem_limit`, `--memory`), a little above what the program really uses; a
    /// LimitRange sets it for those who forget.
    "memory-unlimited",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["resource-limits"],
    ids: &["attack:T1499", "nist:3.4.3", "cis-docker:5.11"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Memory": 0}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, mem_limit: 256m}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, resources: {limits: {memory: 256Mi}}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Memory": 268435456}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    match see.get(&it.memory_limit)? {
        None => fail(it.memory_limit.pos(), "has no memory limit"),
        Some(_) => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    match spot.source() {
        Some(Source::Docker) => {
            Mend::Advice("`docker update --memory SIZE`, by what `docker stats` shows under load".into())
        }
        _ => Mend::Person("how much it needs is to be measured under load, with room above".into()),
    }
}

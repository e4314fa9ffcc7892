use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// The CPU time of a container has no limit.
    ///
    /// ## What it checks
    /// `resources.limits.cpu` of a pod, `cpus` or `deploy.resources.limits.cpus` of Compose, `--cpus`, and the
    /// quota of the control group.
    /// ## Why it matters
    /// A stranger's miner works on all cores of the machine, and nobody is held back but the neighbours.
    /// ## Fix
    /// Set `resources.limits.cpu` (`cpus`, `--cpus`). Where throttling hurts, set requests for all and alarm on
    /// use instead, and waive this.
    "cpu-unlimited",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["resource-limits"],
    ids: &["attack:T1496.001", "nist:3.4.3", "cis-docker:5.12"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"NanoCpus": 0, "CpuQuota": 0, "CpuPeriod": 0}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, cpus: 0.5}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, resources: {limits: {cpu: 500m}}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"NanoCpus": 500000000}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    match see.get(&it.cpu_limit)? {
        None => fail(it.cpu_limit.pos(), "has no CPU limit"),
        Some(_) => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    match spot.source() {
        Some(Source::Docker) => {
            Mend::Advice("`docker update --cpus NUMBER`, by what `docker stats` shows under load".into())
        }
        _ => Mend::Person("how much it needs is to be measured under load, with room above".into()),
    }
}

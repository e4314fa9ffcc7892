use crate::checks::prelude::*;
use tyrian_model::workload::Role as Part;

check! {
    /// Nobody checks the health of a container.
    ///
    /// ## What it checks
    /// Probes of the containers of a pod that go on running, `healthcheck` of a Compose service, and the health
    /// check of a container of the engine, its image's own included. Jobs and what runs before the others are
    /// left out.
    /// ## Why it matters
    /// What hangs, or what was made to hang, stays in place and takes requests; nobody learns of it from the
    /// platform.
    /// ## Fix
    /// Add a `readinessProbe` or `livenessProbe`; `healthcheck:` in Compose, HEALTHCHECK in the Dockerfile.
    "health-check-missing",
    layer: Layer::Runtime,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["cis-docker"],
    ids: &["attack:T1499", "cis-docker:5.27", "cis-docker:4.6"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, healthcheck: {test: [CMD, nginx, -t]}}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {initContainers: [{name: b, image: c}], containers: [{name: a, image: nginx, readinessProbe: {tcpSocket: {port: 80}}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {"Healthcheck": {"Test": ["CMD", "true"]}}}]}"#),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    if matches!(it.kind.as_str(), "Job" | "CronJob") {
        return not_applicable();
    }
    each(see, see.rows(&it.containers), |see, (name, container)| {
        if container.role != Part::Main {
            return not_applicable();
        }
        if *see.get(&container.health_check)? {
            return pass();
        }
        let whose = if name.is_empty() { String::new() } else { format!("container {name}: ") };
        fail(container.health_check.pos(), format!("{whose}nobody checks its health"))
    })
}

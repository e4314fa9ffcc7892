use crate::checks::prelude::*;

check! {
    /// What containers write stays on the host they run on.
    ///
    /// ## What it checks
    /// The engine's default driver `json-file` or `local`, in an engine where no container mounts the logs or
    /// the socket to ship them.
    /// ## Why it matters
    /// Who takes the host, or removes the container, removes the evidence.
    /// ## Fix
    /// Ship the logs: a driver such as `fluentd`, `syslog`, `awslogs`, or a collector that reads
    /// `/var/lib/docker/containers`.
    "engine-logs-stay",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["end-to-end-logging", "logs-outside-cluster"],
    ids: &["attack:T1070", "cis-docker:2.13"],
    bad: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "json-file"}, "containers": []}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "fluentd"}, "containers": []}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    if !matches!(see.get(&it.log_driver)?.as_str(), "json-file" | "local") {
        return pass();
    }
    let ships = |see: &See, container: &Container| {
        Ok(see.get(&container.declared.mounts)?.iter().any(|mount| {
            mount.source.starts_with("/var/lib/docker/containers")
                || mount.source == "/var/lib/docker"
                || mount.source == "/"
        }))
    };
    let found =
        see.any(&see.world.workloads, |see, workload| Ok(see.any(&workload.containers, ships)?.is_some()))?;
    if found.is_some() { pass() } else { fail(None, "keeps the logs of its containers on its own host only") }
}

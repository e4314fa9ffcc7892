use crate::checks::prelude::*;
use crate::known::{is_engine_socket, is_one};

check! {
    /// What containers write stays on the host they run on.
    ///
    /// ## What it checks
    /// The engine's default driver `json-file` or `local`, in an engine where no container mounts
    /// `/var/lib/docker/containers`, and none is a known collector of logs that mounts more of the host or the
    /// engine's socket.
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
        Example::Engine(r#"{"info": {"LoggingDriver": "json-file"}, "containers": [{"Id": "1", "Name": "/tool", "Image": "sha256:1", "Config": {"Image": "shop/tool:1"},
            "Mounts": [{"Type": "bind", "Source": "/", "Destination": "/host", "RW": false, "Propagation": "rprivate"}], "HostConfig": {"Tmpfs": null}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"LoggingDriver": "fluentd"}, "containers": []}"#),
        Example::Engine(r#"{"info": {"LoggingDriver": "json-file"}, "containers": [{"Id": "1", "Name": "/logs", "Image": "sha256:1", "Config": {"Image": "fluent/fluent-bit:3.1"},
            "Mounts": [{"Type": "bind", "Source": "/var/lib/docker", "Destination": "/docker", "RW": false, "Propagation": "rprivate"}], "HostConfig": {"Tmpfs": null}}]}"#),
    ],
}

/// Programs that ship logs, by the end of their repository.
const COLLECTORS: &[&str] = &[
    "amazon/cloudwatch-agent",
    "aws-observability/aws-for-fluent-bit",
    "beats/filebeat",
    "datadog/agent",
    "elastic-agent/elastic-agent",
    "fluent/fluent-bit",
    "fluent/fluentd",
    "gliderlabs/logspout",
    "grafana/agent",
    "grafana/alloy",
    "grafana/promtail",
    "otel/opentelemetry-collector-contrib",
    "sematext/agent",
    "splunk/splunk-otel-collector",
    "timberio/vector",
];

fn check(see: &See, it: &Engine) -> Judged {
    if !matches!(see.get(&it.log_driver)?.as_str(), "json-file" | "local") {
        return pass();
    }
    let ships = |see: &See, container: &Container| {
        let collector = see.get(&container.image)?.as_ref().is_some_and(|image| is_one(image, COLLECTORS));
        Ok(see.get(&container.declared.mounts)?.iter().any(|mount| {
            let source = mount.source.trim_end_matches('/');
            let logs = source.starts_with("/var/lib/docker/containers");
            let more = matches!(source, "" | "/var" | "/var/lib" | "/var/lib/docker");
            logs || collector && (more || is_engine_socket(&mount.source, &mount.target))
        }))
    };
    let found =
        see.any(&see.world.workloads, |see, workload| Ok(see.any(&workload.containers, ships)?.is_some()))?;
    if found.is_some() { pass() } else { fail(None, "keeps the logs of its containers on its own host only") }
}

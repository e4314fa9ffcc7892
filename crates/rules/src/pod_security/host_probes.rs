//! Hosts that probes are sent to.

use super::*;

control! {
    /// Probes and handlers of the life cycle (`httpGet` and `tcpSocket` of `livenessProbe`, `readinessProbe`,
    /// `startupProbe`, `lifecycle.postStart` and `lifecycle.preStop`) name no `host`: the kubelet, which sends them
    /// from the network of the node, asks the pod itself. Since v1.34.
    "hostProbesAndHostLifecycle",
    title: "Hosts of probes",
    level: Level::Baseline,
    since: 34,
    replaces: None,
    set: "take host out of the probe or handler, or ask by exec from within the container",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(containers(see, pod, |see, spot, container| {
        let breach = |probe: &tyrian_model::pod_security::ProbedHost| {
            spot.breach(&probe.field, probe.host.clone(), "not set", probe.at.clone())
        };
        Ok(see.get(&container.probed_hosts)?.iter().map(breach).collect::<Vec<_>>())
    }))
}

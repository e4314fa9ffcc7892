//! Ports of the host.

use super::*;

control! {
    /// No port of a container takes one of the node: `hostPort` is 0 or not set. A pod on the network of the host
    /// takes them all, whatever it says here. Since v1.0.
    "hostPorts",
    title: "Host ports",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take hostPort out, and reach the pod by a Service",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(containers(see, pod, |see, spot, container| {
        let breach = |port: &tyrian_model::pod_security::HostPort| {
            let field = format!("ports[{}].hostPort", port.index);
            spot.breach(&field, port.port.to_string(), "not set", port.at.clone())
        };
        Ok(see.get(&container.host_ports)?.iter().map(breach).collect::<Vec<_>>())
    }))
}

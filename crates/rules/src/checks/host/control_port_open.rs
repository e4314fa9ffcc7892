use crate::checks::prelude::*;
use crate::host::{in_container, reached_from_outside};

check! {
    /// A port that commands containers without asking who is there is open to the network.
    ///
    /// ## What it checks
    /// Sockets on addresses other than the loopback at 2375 (Docker without TLS), 10255 (the kubelet's read-only
    /// port) and 8080 of an API server.
    /// ## Why it matters
    /// Port 2375 is root on the host for whoever reaches it, and it is looked for all over the internet within
    /// hours.
    /// ## Fix
    /// Take `tcp://` out of the engine's `hosts`, or demand client certificates on 2376; set the kubelet's
    /// `readOnlyPort: 0`.
    "control-port-open",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["host-access", "minimal-host"],
    ids: &["attack:T1133", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "::", "port": 2375, "program": "dockerd"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "10.0.0.4", "port": 10255, "program": null}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "127.0.0.1", "port": 2375, "program": "dockerd"}, {"protocol": "tcp", "address": "::", "port": 10250, "program": "kubelet"}, {"protocol": "tcp", "address": "::", "port": 8080, "program": "java"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let mut found = Vec::new();
    for socket in see.get(&it.listening)?.iter().filter(|s| s.protocol == "tcp" && reached_from_outside(s)) {
        let what = match (socket.port, socket.program.as_deref()) {
            (2375, None | Some("dockerd")) => "the Docker engine without TLS",
            (10255, None | Some("kubelet")) => "the kubelet's read-only port",
            (8080, Some("kube-apiserver")) => "the API server without authentication",
            _ => continue,
        };
        let what = format!("opens {what} on {} port {}", socket.address, socket.port);
        found.push(Fault { what, at: None });
    }
    faults(found)
}

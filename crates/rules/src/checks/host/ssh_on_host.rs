use crate::checks::prelude::*;
use crate::host::{in_container, reached_from_outside};
use tyrian_model::host::Listening;

check! {
    /// An SSH server on a container host answers to the network.
    ///
    /// ## What it checks
    /// A listening socket of `sshd`, or at the port that its configuration names, on an address other than the
    /// loopback.
    /// ## Why it matters
    /// A host that is rebuilt and never changed needs no login; keys and passwords that can be stolen open all
    /// containers at once.
    /// ## Fix
    /// Remove the server and use the provider's session service or a console, or let it listen on the network of a
    /// bastion only (`ListenAddress`).
    "ssh-on-host",
    layer: Layer::Host,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["host-access", "minimal-host"],
    ids: &["attack:T1021.004", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"port": "22"}}, "listening": {"is": [{"protocol": "tcp", "address": "0.0.0.0", "port": 22, "program": "sshd"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"port": "2222"}}, "listening": {"is": [{"protocol": "tcp", "address": "::", "port": 2222, "program": null}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": null}, "listening": {"is": []}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sshd": {"is": {"port": "22"}}, "listening": {"is": [{"protocol": "tcp", "address": "127.0.0.1", "port": 22, "program": "sshd"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let sockets = see.get(&it.listening)?;
    let ports = match see.get(&it.sshd)? {
        Some(set) => set.get("port").map_or("22", String::as_str),
        None => "",
    };
    let ssh = |socket: &&Listening| match &socket.program {
        Some(program) => program == "sshd",
        None => ports.split([' ', ',']).any(|port| port.parse() == Ok(socket.port)),
    };
    let mut open = sockets.iter().filter(|socket| socket.protocol == "tcp" && reached_from_outside(socket));
    match open.find(ssh) {
        Some(socket) => fail(None, format!("lets SSH in on {} port {}", socket.address, socket.port)),
        None => pass(),
    }
}

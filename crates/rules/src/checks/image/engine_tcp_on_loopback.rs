use crate::checks::prelude::*;
use crate::dockerfile::shown;
use crate::engine::is_own;

check! {
    /// The engine's API is open to every program of its machine.
    ///
    /// ## What it checks
    /// Addresses `tcp://` of the machine itself that the engine listens on, without `tlsverify`.
    /// ## Why it matters
    /// Every user and every container in the host's network starts a container with the host's disk in it: the
    /// group that guards the socket means nothing. A page in a browser there may reach it too.
    /// ## Fix
    /// Drop the address and use the socket.
    "engine-tcp-on-loopback",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "host-access"],
    ids: &["attack:T1610", "nist:3.5.4", "cis-docker:2.7"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"hosts": ["unix:///run/docker.sock", "tcp://127.0.0.1:2375"]}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"hosts\": [\"tcp://localhost:2375\"]}")]),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "-H", "fd://"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"hosts\": [\"unix:///var/run/docker.sock\"]}")]),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let own = |address: &&String| {
        address
            .strip_prefix("tcp://")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':') || is_own(rest))
    };
    let open: Vec<&String> = see.get(&it.listens)?.iter().filter(own).collect();
    if open.is_empty() || *see.get(&it.tls_verify)? {
        return pass();
    }
    let of = |address: &String| Fault {
        what: format!("listens on {} and asks for no certificate", shown(address)),
        at: it.listens.pos(),
    };
    faults(open.into_iter().map(of).collect())
}

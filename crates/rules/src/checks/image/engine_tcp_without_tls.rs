use crate::checks::prelude::*;
use crate::dockerfile::shown;
use crate::engine::is_own;

check! {
    /// The engine's API is on the network, and asks nobody who he is.
    ///
    /// ## What it checks
    /// Addresses `tcp://` that the engine listens on, other than those of the machine itself, without
    /// `tlsverify`.
    /// ## Why it matters
    /// Whoever reaches the port starts a container with the host's disk in it: he owns the host. The port is
    /// looked for by scanners all the time.
    /// ## Fix
    /// Drop the address and use the socket, over SSH where it must be remote (`docker -H ssh://…`); or set
    /// `tlsverify`, `tlscacert`, `tlscert`, `tlskey`, and let a firewall decide who reaches the port.
    "engine-tcp-without-tls",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["cis-docker", "host-access"],
    ids: &["attack:T1133", "attack:T1610", "nist:3.5.4", "cis-docker:2.7"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"hosts": ["tcp://0.0.0.0:2375"]}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"hosts\": [\"unix:///var/run/docker.sock\", \"tcp://0.0.0.0:2375\"]}")]),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "-H", "tcp://10.0.0.1:2376", "--tls"]}"#),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd", "-H", "fd://"]}"#),
        Example::Engine(r#"{"daemon_json": {"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": true}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"hosts\": [\"unix:///var/run/docker.sock\"]}")]),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let open: Vec<&String> = see.get(&it.listens)?.iter().filter(|address| is_open(address)).collect();
    if open.is_empty() || *see.get(&it.tls_verify)? {
        return pass();
    }
    let of = |address: &String| Fault {
        what: format!("listens on {} and asks for no certificate", shown(address)),
        at: it.listens.pos(),
    };
    faults(open.into_iter().map(of).collect())
}

fn is_open(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("tcp://") else { return false };
    // Without an address dockerd takes that of the machine itself.
    !(rest.is_empty() || rest.starts_with(':') || is_own(rest))
}

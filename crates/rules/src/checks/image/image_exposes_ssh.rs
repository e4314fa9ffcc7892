use crate::checks::prelude::*;

check! {
    /// An image offers the port of SSH.
    ///
    /// ## What it checks
    /// Port 22 among the ports that the image's configuration exposes.
    /// ## Why it matters
    /// Whoever publishes all ports of the image opens a login to it, and what exposes the port most often has a
    /// server behind it.
    /// ## Fix
    /// Take `EXPOSE 22` and the server out of the Dockerfile.
    "image-exposes-ssh",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["no-ssh-in-image"],
    ids: &["attack:T1021.004", "nist:3.1.2", "cis-docker:5.7"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "exposed_ports": {"is": ["22/tcp", "80/tcp"]}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Config": {"ExposedPorts": {"22/tcp": {}}}}]}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "exposed_ports": {"is": ["80/tcp"]}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Config": {"ExposedPorts": {"2222/tcp": {}}}}]}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    let open = see.get(&it.exposed_ports)?.iter().any(|port| matches!(port.as_str(), "22" | "22/tcp"));
    if open { fail(None, "exposes port 22") } else { pass() }
}

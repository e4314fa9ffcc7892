use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// A container is on the bridge that all containers of the engine share by default.
    ///
    /// ## What it checks
    /// Containers of a Docker engine that are attached to its network `bridge`, and Compose services with
    /// `network_mode: bridge`. A Compose project has a network of its own unless it says otherwise.
    /// ## Why it matters
    /// On it everything that nobody has thought about meets: each container reaches each other one, whatever
    /// project they belong to, and can answer in their place.
    /// ## Fix
    /// Make a network for what belongs together (`docker network create shop`) and start the containers with
    /// `--network shop`; in Compose take `network_mode` out.
    "default-bridge-used",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine", "network-least-privilege"],
    ids: &["attack:T1210", "attack:T1557", "nist:3.4.2", "cis-docker:5.30"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, network_mode: bridge}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "NetworkSettings": {"Networks": {"bridge": {}}}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}, b: {image: nginx, networks: [bridge]}}\nnetworks: {bridge: {}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "NetworkSettings": {"Networks": {"shop_default": {}}}}]}"#),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    if it.source == Source::Pod {
        return not_applicable();
    }
    if see.get(&it.networks)?.contains("bridge") {
        fail(it.networks.pos(), "is on the default bridge, which all containers of the engine share")
    } else {
        pass()
    }
}

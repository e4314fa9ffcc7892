use crate::checks::prelude::*;
use crate::mending::daemon;

check! {
    /// A program of the engine publishes ports, where the kernel can.
    ///
    /// ## What it checks
    /// `userland-proxy` of the engine.
    /// ## Why it matters
    /// A process of root for each published port, and for some connections containers see the address of the
    /// host instead of the client's.
    /// ## Fix
    /// `"userland-proxy": false` in daemon.json, where clients need no IPv6 or loopback specialities.
    "userland-proxy",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:3.4.3", "cis-docker:2.16"],
    bad: &[
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"userland-proxy\": true}")]),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": {"userland-proxy": false}, "command_line": ["dockerd"]}"#),
        Example::Tree(&[("docker/daemon.json", "{\"userland-proxy\": false}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    if *see.get(&it.userland_proxy)? {
        fail(it.userland_proxy.pos(), "publishes ports by its user-space proxy")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    daemon(
        spot,
        false,
        vec![("userland-proxy", Change::Set(Value::Flag(false)))],
        "restart the engine, and reach a published port from the host itself",
    )
}

use crate::checks::prelude::*;
use crate::mending::own_namespace;

check! {
    /// A container asks for the users of the host.
    ///
    /// ## What it checks
    /// `userns_mode: host` of Compose and `--userns host` of a container of the engine.
    /// ## Why it matters
    /// Where the engine maps the users of containers to users that are nobody on the host, this container stays
    /// out of it: its root is the root of the host.
    /// ## Fix
    /// Take it out. Mounted files then belong to the mapped users: give them to these.
    "host-user-namespace",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["non-root", "quarantine"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.31"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, userns_mode: host}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"UsernsMode": "host"}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"UsernsMode": ""}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if *see.get(&it.details.host_users)? {
        fail(it.details.host_users.pos(), "asks for the users of the host, even where the engine maps them")
    } else {
        pass()
    }
}

fn mend(spot: &Spot) -> Mend {
    own_namespace(spot, "", "userns_mode", "", "without `--userns host`", "it has a place of its own")
}

use crate::checks::prelude::*;

check! {
    /// Who may speak to the engine may do everything.
    ///
    /// ## What it checks
    /// Authorization plugins of the engine.
    /// ## Why it matters
    /// Access to the socket is access to the host; a plugin can allow some requests only, and record who made
    /// them.
    /// ## Fix
    /// Use a plugin (`authorization-plugins`), such as one for Open Policy Agent, where several people or
    /// programs use one engine; where one does, guard the socket.
    "no-authorization-plugin",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "host-access"],
    ids: &["attack:T1610", "nist:3.5.4", "cis-docker:2.12"],
    bad: &[
        Example::Engine(r#"{"info": {"Plugins": {"Authorization": null}}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Plugins": {"Authorization": ["opa"]}}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"authorization-plugins\": [\"opa\"]}")]),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    if see.get(&it.authorization)?.is_empty() {
        fail(it.authorization.pos(), "has no authorization plugin")
    } else {
        pass()
    }
}

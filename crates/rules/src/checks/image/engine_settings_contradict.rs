use crate::checks::prelude::*;
use crate::dockerfile::shown;

check! {
    /// The engine will not start again: its settings stand in two places.
    ///
    /// ## What it checks
    /// Settings that are both in daemon.json and on dockerd's command line, as a flag of the unit or of a drop-
    /// in of systemd. Runtimes are joined and do not count.
    /// ## Why it matters
    /// dockerd refuses to start and to reload with one, even where both say the same. The engine that runs has
    /// not read its file since: what was hardened there is not in force.
    /// ## Fix
    /// Take the setting out of one place. With `hosts` in daemon.json a drop-in is needed that empties
    /// `ExecStart=` and starts dockerd without `-H`.
    "engine-settings-contradict",
    layer: Layer::Image,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:4.4.3"],
    bad: &[
        Example::Engine(r#"{"daemon_json": {"hosts": ["unix:///var/run/docker.sock"]}, "command_line": ["dockerd", "-H", "fd://"]}"#),
        Example::Engine(r#"{"daemon_json": {"icc": false}, "command_line": ["dockerd", "--icc=false"]}"#),
    ],
    good: &[
        Example::Engine(r#"{"daemon_json": {"icc": false, "runtimes": {}}, "command_line": ["dockerd", "-H", "fd://", "--add-runtime", "a=/b"]}"#),
        Example::Engine(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let twice = see.get(&it.contradictions)?;
    faults(
        twice
            .iter()
            .map(|name| Fault {
                what: format!(
                    "has {} both in daemon.json and on its command line: dockerd does not start so",
                    shown(name)
                ),
                at: None,
            })
            .collect(),
    )
}

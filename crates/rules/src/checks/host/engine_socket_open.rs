use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The socket of the container engine can be used by every account.
    ///
    /// ## What it checks
    /// The permission bits of the sockets of Docker, containerd, CRI-O and Podman below `/run`.
    /// ## Why it matters
    /// Who may write to the socket starts a privileged container and is root.
    /// ## Fix
    /// Set the mode 0660 and the group `docker` (`SocketMode=` and `SocketGroup=` of `docker.socket`); others stay
    /// at root alone.
    "engine-socket-open",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access", "cis-docker"],
    ids: &["attack:T1611", "nist:3.5.4", "cis-docker:3.16"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/run/docker.sock": {"mode": 438, "uid": 0, "gid": 0}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/run/docker.sock": {"mode": 432, "uid": 0, "gid": 998}, "/run/crio/crio.sock": null}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let sockets = see.get(&it.guarded_files)?.iter().filter(|(path, _)| path.ends_with(".sock"));
    let open = sockets
        .filter_map(|(path, mode)| mode.filter(|mode| mode.mode & 0o002 != 0).map(|mode| (path, mode)));
    faults(
        open.map(|(path, mode)| Fault {
            what: format!("lets every account write to {path} (mode {:04o})", mode.mode & 0o7777),
            at: None,
        })
        .collect(),
    )
}

use crate::checks::prelude::*;

check! {
    /// The socket of the container engine can be used by every account.
    ///
    /// ## What it checks
    /// The permission bits of the sockets of Docker, containerd, CRI-O and Podman.
    /// ## Why it matters
    /// Who may write to the socket starts a privileged container and is root.
    /// ## Fix
    /// Set the mode 0660 and the group `docker` (`SocketMode=` and `SocketGroup=` of `docker.socket`); others
    /// stay at root alone.
    "engine-socket-open",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["host-access", "cis-docker"],
    ids: &["attack:T1611", "nist:3.5.4", "cis-docker:3.16", "cis-docker:3.24"],
    bad: &[
        Example::Facts(r#"{"guarded": {"rows": {"socket:/run/docker.sock": {"path": "/run/docker.sock", "role": "socket", "mode": {"is": {"mode": 438, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"guarded": {"rows": {"socket:/run/docker.sock": {"path": "/run/docker.sock", "role": "socket", "mode": {"is": {"mode": 432, "uid": 0, "gid": 998}}, "keeper": {"is": 0}}, "socket:/run/containerd/containerd.sock": {"path": "/run/containerd/containerd.sock", "role": "socket", "mode": {"is": {"mode": 432, "uid": 0, "gid": 0}}, "keeper": {"is": 0}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &GuardedFile) -> Judged {
    if it.role != FileRole::Socket {
        return not_applicable();
    }
    let mode = see.get(&it.mode)?.mode & 0o7777;
    if mode & 0o002 != 0 {
        fail(None, format!("lets every account command the engine (mode {mode:04o})"))
    } else {
        pass()
    }
}

use crate::checks::prelude::*;
use tyrian_model::workload::{Mount, MountKind};

check! {
    /// Programs can be run from memory that a container mounts to write to.
    ///
    /// ## What it checks
    /// The option `exec` of a tmpfs of Compose (`tmpfs: ["/tmp:exec"]`) and of the engine (`--tmpfs /tmp:exec`);
    /// without it the engine forbids to run what lies there. An emptyDir of a pod has no such option.
    /// ## Why it matters
    /// A read-only root is worth little beside a directory into which a tool can be loaded and from which it can
    /// be started, and what lay in memory leaves no trace.
    /// ## Fix
    /// Take `exec` out. Programs that unpack libraries into /tmp can be told another directory, or to unpack
    /// them when the image is built.
    "executable-tmpfs",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["read-only-root"],
    ids: &["attack:T1105", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, read_only: true, tmpfs: ['/tmp:rw,exec,size=64m']}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Mounts": [], "HostConfig": {"Tmpfs": {"/tmp": "rw,exec"}}}]}"#),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Mounts": [{"Type": "tmpfs", "Source": "", "Destination": "/tmp", "RW": true, "Propagation": ""}],
            "HostConfig": {"Mounts": [{"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"Options": [["exec"]]}}]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, read_only: true, tmpfs: [/run, '/tmp:size=64m,noexec']}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Mounts": [], "HostConfig": {"Tmpfs": {"/tmp": "", "/run": "rw,noexec,nosuid"}}}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let memory = see.listed(&it.mounts)?.iter().filter(|mount| mount.kind == MountKind::Tmpfs);
    each(see, memory, |see, mount: &Mount| {
        if !mount.read_only && *see.get(&mount.executable)? {
            fail(
                mount.at.clone(),
                format!("can run programs from the memory that it writes at {}", mount.target),
            )
        } else {
            pass()
        }
    })
}

use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// Containers and the host's own system share one file system.
    ///
    /// ## What it checks
    /// Whether `/var/lib/docker` lies on a mount of its own (that directory, `/var/lib` or `/var`).
    /// ## Why it matters
    /// A container that fills the disk fills that of the host, its logs among it.
    /// ## Fix
    /// Give `/var/lib/docker` a file system of its own.
    "no-partition-for-containers",
    layer: Layer::Host,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1499", "cis-docker:1.1.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/var/lib/docker": {"mode": 456, "uid": 0, "gid": 0}}}, "mounts": {"is": {"/": {"source": "/dev/vda1", "kind": "ext4", "options": ["rw"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"guarded_files": {"is": {"/var/lib/docker": {"mode": 456, "uid": 0, "gid": 0}}}, "mounts": {"is": {"/": {"source": "/dev/vda1", "kind": "ext4", "options": ["rw"]}, "/var": {"source": "/dev/vdb1", "kind": "ext4", "options": ["rw"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    const STORE: &str = "/var/lib/docker";
    if see.get(&it.guarded_files)?.get(STORE).is_none_or(Option::is_none) {
        return not_applicable();
    }
    let mounts = see.get(&it.mounts)?;
    if [STORE, "/var/lib", "/var"].iter().any(|point| mounts.contains_key(*point)) {
        return pass();
    }
    fail(None, "keeps containers on the file system of the host itself")
}

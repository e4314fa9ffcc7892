use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// Containers and the host's own system share one file system.
    ///
    /// ## What it checks
    /// Whether the directory in which an engine keeps containers and images (`/var/lib/docker`, or what `data-root`
    /// says) lies on a mount of its own, other than `/` and `/var`.
    /// ## Why it matters
    /// A container that fills the disk fills that of the host, its logs among it.
    /// ## Fix
    /// Give that directory a file system of its own.
    "no-partition-for-containers",
    layer: Layer::Host,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1499", "cis-docker:1.1.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"data_roots": {"is": ["/var/lib/docker"]}, "mounts": {"is": {"/": {"source": "/dev/vda1", "kind": "ext4", "options": ["rw"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"data_roots": {"is": ["/var/lib/docker"]}, "mounts": {"is": {"/": {"source": "/dev/vda1", "kind": "ext4", "options": ["rw"]}, "/var": {"source": "/dev/vdb1", "kind": "ext4", "options": ["rw"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"data_roots": {"is": ["/var/lib/docker", "/srv/ci/docker"]}, "mounts": {"is": {"/": {"source": "/dev/vda1", "kind": "ext4", "options": ["rw"]}, "/srv": {"source": "/dev/vdc1", "kind": "ext4", "options": ["rw"]}, "/var/lib/docker": {"source": "/dev/vdb1", "kind": "ext4", "options": ["rw"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let roots = see.get(&it.data_roots)?;
    if roots.is_empty() {
        return not_applicable();
    }
    let mounts = see.get(&it.mounts)?;
    // The logs of the system are below `/var`: a file system that holds both is filled for both.
    let is_apart = |path: &str| {
        let above = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]).chain([path]);
        above.into_iter().any(|point| point != "/var" && mounts.contains_key(point))
    };
    let fault = |path: &String| Fault {
        what: format!("keeps containers in {path}, on the file system of the host itself"),
        at: None,
    };
    faults(roots.iter().filter(|path| !is_apart(path)).map(fault).collect())
}

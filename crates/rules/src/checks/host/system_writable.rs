use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The programs of the host can be changed while it runs.
    ///
    /// ## What it checks
    /// Whether `/usr`, or `/` where it is no mount of its own, is mounted read-only.
    /// ## Why it matters
    /// A host that is changed in place drifts until nobody knows it, and whoever is root for a moment can stay.
    /// ## Fix
    /// Use a system whose `/usr` is read-only and verified, or mount `/usr` with `ro`; rebuild hosts instead of
    /// changing them.
    "system-writable",
    layer: Layer::Host,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["immutable-host", "container-os"],
    ids: &["attack:T1554", "nist:3.5.5"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"mounts": {"is": {"/": {"source": "/dev/vda1", "kind": "ext4", "options": ["rw", "relatime"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"mounts": {"is": {"/": {"source": "/dev/vda9", "kind": "ext4", "options": ["rw"]}, "/usr": {"source": "/dev/mapper/usr", "kind": "btrfs", "options": ["ro"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"mounts": {"is": {"/": {"source": "/dev/dm-0", "kind": "erofs", "options": ["ro"]}}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let mounts = see.get(&it.mounts)?;
    let Some((point, mount)) = ["/usr", "/"].into_iter().find_map(|point| Some((point, mounts.get(point)?)))
    else {
        return not_applicable();
    };
    if mount.options.contains("ro") {
        return pass();
    }
    fail(None, format!("can change its own programs: {point} is mounted for writing"))
}

use crate::checks::prelude::*;
use crate::host::{container_system, in_container};

check! {
    /// The host does not install security updates by itself.
    ///
    /// ## What it checks
    /// Whether unattended-upgrades, dnf-automatic or the like is set up. Systems made for containers update as a
    /// whole and are left out.
    /// ## Why it matters
    /// Between the publication of a hole and the next visit of an administrator the host stays open.
    /// ## Fix
    /// Set up `unattended-upgrades` (Debian, Ubuntu) or `dnf-automatic` (Fedora, RHEL), or rebuild hosts from a
    /// fresh image at least weekly and waive the finding.
    "no-automatic-updates",
    layer: Layer::Host,
    gain: Gain::Hold,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["patch-host"],
    ids: &["attack:T1068", "nist:3.5.3"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"automatic_updates": {"is": false}, "distribution": {"is": {"id": "debian", "version": "12"}}, "variant": {"is": null}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"automatic_updates": {"is": true}, "distribution": {"is": {"id": "ubuntu", "version": "24.04"}}, "variant": {"is": null}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"automatic_updates": {"is": false}, "distribution": {"is": {"id": "flatcar", "version": "4230.2.1"}}, "variant": {"is": "flatcar"}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    if *see.get(&it.automatic_updates)? || container_system(see, it)? {
        return pass();
    }
    fail(None, "installs no security updates by itself")
}

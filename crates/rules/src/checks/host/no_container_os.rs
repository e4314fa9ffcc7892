use crate::checks::prelude::*;
use crate::host::{container_system, in_container};

check! {
    /// The host runs a general-purpose system with a package manager.
    ///
    /// ## What it checks
    /// Whether the system is one made for containers (Flatcar, Bottlerocket, Talos, CoreOS, Container-Optimized OS
    /// and others), and whether there is a package manager.
    /// ## Why it matters
    /// A system made for containers has no package manager, a read-only base and updates as a whole; what is not
    /// there cannot be used or changed.
    /// ## Fix
    /// Run containers on a system that is made for them.
    "no-container-os",
    layer: Layer::Host,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["container-os"],
    ids: &["attack:T1554", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "debian", "version": "12"}}, "variant": {"is": null}, "package_managers": {"is": ["apt", "dpkg"]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "bottlerocket", "version": "1.20.0"}}, "variant": {"is": "aws-k8s-1.31"}, "package_managers": {"is": []}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"distribution": {"is": {"id": "fedora", "version": "42"}}, "variant": {"is": "coreos"}, "package_managers": {"is": ["rpm"]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let managers = see.get(&it.package_managers)?;
    let Some(first) = managers.first() else { return pass() };
    if container_system(see, it)? {
        return pass();
    }
    fail(None, format!("is a general-purpose system with a package manager ({first})"))
}

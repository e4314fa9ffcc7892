use crate::checks::prelude::*;
use crate::mending::without_capabilities;

check! {
    /// A container has more capabilities than a runtime gives by default.
    ///
    /// ## What it checks
    /// Capabilities beyond the default set that weaken more than the container itself: NET_ADMIN, SYS_TIME,
    /// SYS_BOOT, SYS_RESOURCE, SYSLOG, AUDIT_CONTROL, AUDIT_READ, MAC_OVERRIDE, LINUX_IMMUTABLE, IPC_OWNER.
    /// Those that lead out of the container are judged by dangerous-capability.
    /// ## Why it matters
    /// Each lets a taken container reach further: into the network of its neighbours, the clock, the log of the
    /// kernel, the limits that protect the others.
    /// ## Fix
    /// Take it out of `capabilities.add` or `cap_add`; drop ALL and add back by name what the program fails
    /// without.
    "added-capability",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.4", "cis-kubernetes:5.2.9", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: vpn, cap_add: [NET_ADMIN]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {capabilities: {add: [SYS_TIME]}}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "CapAdd": ["CAP_SYSLOG"], "CapDrop": null}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: vault, cap_add: [IPC_LOCK]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "CapAdd": null, "CapDrop": ["ALL"]}}]}"#),
    ],
    mend: Some(mend),
}

/// The capability and what it gives.
const ADDED: [(&str, &str); 10] = [
    ("AUDIT_CONTROL", "turns the audit of the kernel off"),
    ("AUDIT_READ", "reads the audit records of the host"),
    ("IPC_OWNER", "reads and writes the shared memory of others"),
    ("LINUX_IMMUTABLE", "makes files that nobody can mend or delete"),
    ("MAC_OVERRIDE", "passes by Smack"),
    ("NET_ADMIN", "changes addresses, routes and filters of its network"),
    ("SYSLOG", "reads the kernel's log and addresses"),
    ("SYS_BOOT", "restarts the machine or loads another kernel"),
    ("SYS_RESOURCE", "passes by limits and quotas"),
    ("SYS_TIME", "sets the clock of the host"),
];

fn check(see: &See, it: &Confinement) -> Judged {
    let held = see.get(&it.capabilities)?;
    // Of every capability dangerous-capability speaks.
    if held.contains("SYS_ADMIN") && held.contains("SYS_MODULE") {
        return not_applicable();
    }
    let found = ADDED.iter().filter(|(name, _)| held.contains(*name));
    let fault = |(name, gives): &(&str, &str)| Fault {
        what: format!("has the capability {name}, which {gives}"),
        at: it.capabilities.pos(),
    };
    faults(found.map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    let named = ADDED.iter().map(|(name, _)| *name);
    let names: Vec<&str> =
        named.filter(|name| spot.fault.what.starts_with(&format!("has the capability {name},"))).collect();
    without_capabilities(spot, &names)
}

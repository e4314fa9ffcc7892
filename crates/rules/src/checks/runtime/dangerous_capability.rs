use crate::checks::prelude::*;
use crate::mending::without_capabilities;

check! {
    /// A container has a capability that leads out of it.
    ///
    /// ## What it checks
    /// The capabilities that a container can have after all that is added and dropped: SYS_ADMIN, SYS_MODULE,
    /// SYS_PTRACE, SYS_RAWIO, DAC_READ_SEARCH, BPF, PERFMON, MAC_ADMIN, CHECKPOINT_RESTORE. Privileged
    /// containers have them all.
    /// ## Why it matters
    /// With one of these a process of root needs no hole to reach the kernel, the processes or the files of the
    /// host.
    /// ## Fix
    /// Take it out of `capabilities.add` or `cap_add`. Where one is really needed, give that work to a small
    /// container of its own, under a user of its own.
    "dangerous-capability",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.4", "cis-kubernetes:5.2.9", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: vpn, cap_add: [SYS_ADMIN]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {capabilities: {add: [BPF, SYS_PTRACE]}}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "CapAdd": ["ALL"], "CapDrop": null}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, cap_drop: [ALL], cap_add: [NET_BIND_SERVICE]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "CapAdd": ["CAP_CHOWN"], "CapDrop": ["ALL"]}}]}"#),
    ],
    mend: Some(mend),
}

/// The capability and what it gives.
const DANGEROUS: [(&str, &str); 9] = [
    ("BPF", "loads programs into the kernel"),
    ("CHECKPOINT_RESTORE", "takes over the state of processes"),
    ("DAC_READ_SEARCH", "opens any file of the host's file system by its handle"),
    ("MAC_ADMIN", "changes the rules of AppArmor and SELinux"),
    ("PERFMON", "observes the kernel and all processes"),
    ("SYS_ADMIN", "mounts, enters namespaces, and nearly all else that root can do"),
    ("SYS_MODULE", "loads code into the kernel"),
    ("SYS_PTRACE", "reads and changes every process that it sees"),
    ("SYS_RAWIO", "reads and writes memory and devices past the kernel"),
];

fn check(see: &See, it: &Confinement) -> Judged {
    let held = see.get(&it.capabilities)?;
    let at = it.capabilities.pos();
    let found: Vec<_> = DANGEROUS.iter().filter(|(name, _)| held.contains(*name)).collect();
    // A machine may have taken some from everybody.
    if ["SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"].iter().all(|name| held.contains(*name)) {
        return fail(at, "has every capability there is, SYS_ADMIN and SYS_MODULE among them");
    }
    let fault = |(name, gives): &(&str, &str)| Fault {
        what: format!("has the capability {name}, which {gives}"),
        at: at.clone(),
    };
    faults(found.into_iter().map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    let named = DANGEROUS.iter().map(|(name, _)| *name);
    let names: Vec<&str> =
        named.filter(|name| spot.fault.what.starts_with(&format!("has the capability {name},"))).collect();
    match names.is_empty() {
        true => without_capabilities(spot, &["ALL"]),
        false => without_capabilities(spot, &names),
    }
}

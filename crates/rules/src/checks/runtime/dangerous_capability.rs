use crate::capabilities::{self, Reach, is_everything};
use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::mending::without_capabilities;

check! {
    /// A container has a capability that leads out of it.
    ///
    /// ## What it checks
    /// The capabilities that a container can have after all that is added and dropped: SYS_ADMIN, SYS_MODULE,
    /// SYS_PTRACE, SYS_RAWIO, DAC_READ_SEARCH, BPF, PERFMON, MAC_ADMIN, CHECKPOINT_RESTORE. Of
    /// containers that are privileged, and have them all, privileged-container speaks.
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

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    let (held, at) = (see.get(&it.capabilities)?, it.capabilities.pos());
    if is_everything(held) {
        return fail(at, "has every capability there is, SYS_ADMIN and SYS_MODULE among them");
    }
    let fault = |(name, gives)| Fault { what: capabilities::said(name, gives), at: at.clone() };
    faults(capabilities::held(held, Reach::Host).map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    without_capabilities(spot, &[capabilities::named(&spot.fault.what).unwrap_or("ALL")])
}

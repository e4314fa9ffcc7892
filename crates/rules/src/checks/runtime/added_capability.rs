use crate::capabilities::{self, Reach, is_everything};
use crate::checks::prelude::*;
use crate::implied::by_privileged;
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

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    let held = see.get(&it.capabilities)?;
    // Of every capability dangerous-capability speaks.
    if is_everything(held) {
        return not_applicable();
    }
    let fault = |(name, gives)| Fault { what: capabilities::said(name, gives), at: it.capabilities.pos() };
    faults(capabilities::held(held, Reach::Beside).map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    without_capabilities(spot, capabilities::named(&spot.fault.what).as_slice())
}

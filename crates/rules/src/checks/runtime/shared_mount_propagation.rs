use crate::checks::prelude::*;
use tyrian_model::workload::Mount;
use tyrian_model::workload::Source;

check! {
    /// What a container mounts appears on the host.
    ///
    /// ## What it checks
    /// `mountPropagation: Bidirectional` of a pod, and mounts with `shared` or `rshared` in Compose and on the
    /// engine.
    /// ## Why it matters
    /// A container with the right to mount can lay files over those of the host, outside its own walls.
    /// ## Fix
    /// Use `HostToContainer` (`rslave`), or none. Only storage drivers need the other direction.
    "shared-mount-propagation",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["least-capability", "quarantine"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.20"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: csi, volumes: ['/mnt:/mnt:rshared']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /mnt}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/mnt", "Destination": "/mnt", "RW": true, "Propagation": "shared"}]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: csi, volumes: ['/mnt:/mnt:rslave']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /mnt}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v, mountPropagation: HostToContainer}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/mnt", "Destination": "/mnt", "RW": true, "Propagation": "rprivate"}]}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    let fault = |mount: &Mount| Fault {
        what: format!("carries what it mounts under {} back to the host", mount.target),
        at: mount.at.clone(),
    };
    faults(see.listed(&it.mounts)?.iter().filter(|mount| mount.shared).map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    match (spot.source(), &spot.fault.at) {
        (Some(Source::Pod), Some(at)) => Mend::to_try(
            vec![spot.at(at, "mountPropagation", Change::Unset("None".into()))],
            "what it mounts for others stays its own",
        ),
        _ => Mend::Person("the mount is to be written without its propagation".into()),
    }
}

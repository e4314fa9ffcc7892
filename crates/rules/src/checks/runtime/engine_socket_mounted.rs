use crate::checks::prelude::*;
use crate::known::is_engine_socket;
use tyrian_model::workload::{Mount, MountKind};

check! {
    /// A container has the socket of the container engine.
    ///
    /// ## What it checks
    /// Mounts of the sockets of Docker, containerd, CRI-O and Podman, or of the directory that holds one,
    /// whether read-only or not.
    /// ## Why it matters
    /// Who can speak to the engine starts a container with the host's root in it: this is root on the host. A
    /// read-only mount changes nothing, for a socket is spoken to and not written.
    /// ## Fix
    /// Take the mount out. Builds go to a builder of their own (BuildKit, kaniko) and not to the host's engine;
    /// what must list containers goes through a proxy that lets only reading requests pass.
    "engine-socket-mounted",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1611", "attack:T1610", "nist:3.4.3", "cis-docker:5.32", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: traefik, volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /run/containerd/containerd.sock}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/run/user/1000/docker.sock", "Destination": "/var/run/docker.sock", "RW": false, "Propagation": "rprivate"}]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: traefik, volumes: ['./traefik.yaml:/etc/traefik.yaml:ro']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {volumes: [{name: v, hostPath: {path: /var/log/app}}], containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}, "Mounts": [{"Type": "bind", "Source": "/srv/mysqld.sock", "Destination": "/run/mysqld.sock", "RW": true, "Propagation": "rprivate"}]}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let is_socket =
        |mount: &&Mount| mount.kind == MountKind::Bind && is_engine_socket(&mount.source, &mount.target);
    let fault = |mount: &Mount| Fault {
        what: format!("mounts {}, by which the container engine is commanded", mount.source),
        at: mount.at.clone(),
    };
    faults(see.listed(&it.mounts)?.iter().filter(is_socket).map(fault).collect())
}

use crate::checks::prelude::*;
use tyrian_model::workload::Namespace as Kind;

check! {
    /// A container is in a group by which the host is taken.
    ///
    /// ## What it checks
    /// The main and the added groups of a container, by the names `docker`, `podman`, `lxd`, `libvirt`, `disk`,
    /// `kmem`, `shadow`, `sudo` and `wheel`, and by the numbers that are fixed: 6 (disk), 15 (kmem) and 42
    /// (shadow). The number of the group docker is another one on every host.
    /// ## Why it matters
    /// A group is what opens the engine's socket, the disks or the password hashes, once one of them is mounted
    /// or handed in. A container is put into such a group for no other purpose.
    /// ## Fix
    /// Take the group out, and the socket, device or file with it. A program that must read one file gets a
    /// copy of it that its own group may read.
    "dangerous-group",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["non-root", "least-capability"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: portal, user: '1000:1000', group_add: [docker]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {supplementalGroups: [6]}, containers: [{name: a, image: backup}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"User": "101"}, "HostConfig": {"GroupAdd": ["disk"], "NetworkMode": "bridge",
            "PidMode": "", "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "host", "UsernsMode": ""}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: jellyfin, user: '1000:1000', group_add: [video, render, '999']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {fsGroup: 2000, supplementalGroups: [4000]}, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"User": ""}, "HostConfig": {"GroupAdd": null, "NetworkMode": "bridge",
            "PidMode": "", "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "host", "UsernsMode": ""}}]}"#),
    ],
}

/// The group by its name or fixed number, and what it gives.
const GROUPS: [(&str, &str); 12] = [
    ("docker", "docker, which commands the container engine"),
    ("podman", "podman, which commands the container engine"),
    ("lxd", "lxd, which commands the container engine"),
    ("libvirt", "libvirt, which commands the virtual machines"),
    ("disk", "disk, which reads and writes the disks past their files"),
    ("6", "6 (disk), which reads and writes the disks past their files"),
    ("kmem", "kmem, which reads the memory of the kernel"),
    ("15", "15 (kmem), which reads the memory of the kernel"),
    ("shadow", "shadow, which reads the password hashes"),
    ("42", "42 (shadow), which reads the password hashes"),
    ("sudo", "sudo, which may become root"),
    ("wheel", "wheel, which may become root"),
];

fn check(see: &See, it: &Confinement) -> Judged {
    let groups = see.get(&it.details.groups)?;
    let is_in = |group: &str| groups.main.as_deref() == Some(group) || groups.more.contains(group);
    let found: Vec<Fault> = GROUPS
        .iter()
        .filter(|(group, _)| is_in(group))
        .map(|(_, gives)| Fault { what: format!("is in the group {gives}"), at: it.details.groups.pos() })
        .collect();
    if found.is_empty() {
        return pass();
    }
    // The groups of a user namespace of its own are nobody's on the host.
    if see.get(&it.host_namespaces)?.contains(&Kind::User) { faults(found) } else { not_applicable() }
}

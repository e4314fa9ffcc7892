use crate::checks::prelude::*;
use tyrian_model::workload::{Namespace as Kind, Source, User};

check! {
    /// A container runs as root.
    ///
    /// ## What it checks
    /// The user of a container: `runAsUser` and `runAsNonRoot` of a pod, `user:` of a Compose service or the
    /// USER of the Dockerfile it is built from, the user of a container of the Docker engine, and the user id
    /// that the kernel shows. Root of a user namespace of its own does not count.
    /// ## Why it matters
    /// Root in a container is root of the host as soon as one wall falls: a mount, a kernel hole, a runtime
    /// hole. Most of those that were found need root to begin with.
    /// ## Fix
    /// Give the image a numeric USER; set `runAsNonRoot: true` and `runAsUser` in the pod, or `user:
    /// "10001:10001"` in Compose.
    "root-user",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["non-root"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:4.1", "cis-kubernetes:5.2.7", "pss:restricted"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, user: root}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"User": ""}, "HostConfig": {"NetworkMode": "bridge",
            "PidMode": "", "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "host", "UsernsMode": ""}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, user: '101'}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {runAsNonRoot: true}}]}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {hostUsers: false, containers: [{name: a, image: b}, {name: c, image: d, securityContext: {runAsUser: 7}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {"User": "65534:65534"}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    let what = match see.get(&it.user)? {
        User::Id(0) => "runs as root",
        User::Name(name) if name == "root" => "runs as root",
        User::Unset => "no user is set, so it runs as root unless the image says otherwise",
        User::Id(_) | User::Name(_) | User::NotRoot => return pass(),
    };
    // The root of a user namespace of its own is nobody on the host.
    if see.get(&it.host_namespaces)?.contains(&Kind::User) {
        fail(it.user.pos(), what)
    } else {
        not_applicable()
    }
}

fn mend(spot: &Spot) -> Mend {
    let unset = spot.container().is_some_and(|it| matches!(spot.see.get(&it.declared.user), Ok(User::Unset)));
    match spot.source() {
        Some(Source::Pod) if unset => Mend::to_try(
            vec![spot.in_container("securityContext runAsNonRoot", Change::Set(Value::Flag(true)))],
            "an image whose user is root does not start then: give it one, or set runAsUser",
        ),
        Some(Source::Docker) => spot.flags("--user UID:GID"),
        _ => Mend::Person("which user owns the files that it needs is known to who makes the image".into()),
    }
}

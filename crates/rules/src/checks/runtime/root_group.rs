use crate::checks::prelude::*;
use tyrian_model::workload::{Namespace as Kind, User};

check! {
    /// A process that is not root is in the group of root.
    ///
    /// ## What it checks
    /// The main and the added groups of a container whose user is not root: `runAsGroup`, `fsGroup` and
    /// `supplementalGroups` of a pod, the group in `user:` and `group_add` of Compose, `--user` and `--group-add`
    /// of the engine, and the groups that the kernel shows. Of a group that only the image decides nothing is said.
    /// ## Why it matters
    /// Files of root that its group may write, and there are some in most images and mounts, can be changed by
    /// a process that was made not to be root.
    /// ## Fix
    /// Name the group beside the user: `runAsGroup: 10001`, `user: "10001:10001"`, `--user 10001:10001`. A user
    /// id without a group that the image does not know is in group 0.
    "root-group",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["non-root"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, user: '101:0'}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {runAsUser: 101, supplementalGroups: [0]}, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"User": "101"}, "HostConfig": {"GroupAdd": ["root"], "NetworkMode": "bridge",
            "PidMode": "", "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "host", "UsernsMode": ""}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, user: '101:101', group_add: [video]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {runAsUser: 101, runAsGroup: 101, fsGroup: 101}, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {"User": "101:101"}, "HostConfig": {"GroupAdd": null, "NetworkMode": "bridge",
            "PidMode": "", "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "host", "UsernsMode": ""}}]}"#),
    ],
}

fn check(see: &See, it: &Confinement) -> Judged {
    let is_root = match see.get(&it.user)? {
        User::Id(id) => *id == 0,
        User::Name(name) => name == "root",
        User::Unset => true,
        User::NotRoot => false,
    };
    // Of root root-user speaks.
    if is_root {
        return not_applicable();
    }
    let groups = see.get(&it.details.groups)?;
    let at = it.details.groups.pos();
    let what = match (groups.main.as_deref(), groups.more.contains("0")) {
        (Some("0"), _) => "is not root, but its group is that of root",
        (_, true) => "is not root, but in the group of root besides",
        (Some(_), false) => return pass(),
        (None, false) => return not_applicable(),
    };
    // The groups of a user namespace of its own are nobody's on the host.
    if see.get(&it.host_namespaces)?.contains(&Kind::User) { fail(at, what) } else { not_applicable() }
}

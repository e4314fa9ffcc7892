use crate::checks::prelude::*;
use crate::mending::{holds, is_privileged};
use tyrian_model::workload::Source;

check! {
    /// A process of a container can gain rights by a setuid program.
    ///
    /// ## What it checks
    /// Whether `no_new_privs` is set: `allowPrivilegeEscalation: false` of a pod, `no-new-privileges` among the
    /// security options of Compose and the engine, and NoNewPrivs of the running process.
    /// ## Why it matters
    /// One setuid program in the image, `su` or `mount` or one that came with a package, and a process without
    /// rights has those of root.
    /// ## Fix
    /// Set `allowPrivilegeEscalation: false`; in Compose `security_opt: ["no-new-privileges:true"]`. The engine
    /// can do it for all: `"no-new-privileges": true` in daemon.json.
    "privilege-escalation-allowed",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["no-new-privileges"],
    ids: &["attack:T1548.001", "nist:3.4.3", "cis-docker:5.26", "cis-kubernetes:5.2.6", "pss:restricted"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "HostConfig": {"SecurityOpt": null}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, security_opt: ['no-new-privileges:true']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {allowPrivilegeEscalation: false}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"SecurityOpt": ["no-new-privileges"]}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if *see.get(&it.no_new_privileges)? {
        pass()
    } else {
        fail(it.no_new_privileges.pos(), "can gain rights by setuid programs: no_new_privs is not set")
    }
}

fn mend(spot: &Spot) -> Mend {
    match spot.source() {
        Some(Source::Pod) if is_privileged(spot) || holds(spot, "SYS_ADMIN") => Mend::Person(
            "Kubernetes refuses `allowPrivilegeEscalation: false` beside privileged and SYS_ADMIN: take these away first"
                .into(),
        ),
        Some(Source::Pod) => Mend::safe(vec![
            spot.in_container("securityContext allowPrivilegeEscalation", Change::Set(Value::Flag(false))),
        ]),
        Some(Source::Compose) => {
            Mend::safe(vec![spot.in_container("security_opt", Change::Add("no-new-privileges:true".into()))])
        }
        _ => spot.flags("--security-opt no-new-privileges"),
    }
}

use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::mending::{is_default, is_privileged, not_while_privileged, without_option};
use tyrian_model::workload::Seccomp;
use tyrian_model::workload::Source;

check! {
    /// No system call of a container is filtered.
    ///
    /// ## What it checks
    /// A seccomp profile that is `Unconfined`, or, in a pod, none at all: Kubernetes applies none unless it is
    /// asked to. On a running container, whether the kernel filters.
    /// ## Why it matters
    /// The kernel has hundreds of system calls, and a program needs a few dozen. The rest is what holes of the
    /// kernel are reached through.
    /// ## Fix
    /// Set `securityContext.seccompProfile.type: RuntimeDefault` for the pod; elsewhere take
    /// `seccomp=unconfined` out. A profile of the program's own is better still.
    "seccomp-unconfined",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["seccomp"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.22", "cis-kubernetes:5.6.2", "pss:restricted"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, security_opt: ['seccomp:unconfined']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "SecurityOpt": ["seccomp=unconfined"]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": ["name=seccomp,profile=builtin"]}, "containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "SecurityOpt": null}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    match see.get(&it.seccomp)? {
        Seccomp::Unconfined => fail(it.seccomp.pos(), "has its system calls filtered by no seccomp profile"),
        Seccomp::RuntimeDefault | Seccomp::Filter | Seccomp::Custom { .. } => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    if is_privileged(spot) {
        return not_while_privileged();
    }
    let edits = match spot.source() {
        Some(Source::Pod) => vec![
            spot.in_container("securityContext seccompProfile type", Change::Set("RuntimeDefault".into())),
        ],
        Some(Source::Compose) => vec![without_option(spot, "seccomp", "unconfined")],
        _ => return Mend::Advice("start it again without `--security-opt seccomp=unconfined`".into()),
    };
    match is_default(spot) {
        true => Mend::safe(edits),
        false => Mend::to_try(edits, "it may use a system call that the default profile denies"),
    }
}

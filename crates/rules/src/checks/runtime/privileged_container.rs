use crate::checks::prelude::*;
use tyrian_model::workload::Source;

check! {
    /// A container runs privileged.
    ///
    /// ## What it checks
    /// `privileged: true` in a pod template or a Compose service, and `--privileged` of a container of the
    /// Docker engine. The checks of single settings say nothing of what it brings with it: capabilities,
    /// devices, no seccomp profile, no profile of AppArmor or SELinux, open paths in /proc and /sys.
    /// ## Why it matters
    /// Every capability and device, no seccomp, no LSM: who owns the process owns the host.
    /// ## Fix
    /// Drop the flag; give the one capability or device that is needed.
    "privileged-container",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability", "seccomp", "mandatory-access-control"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.5", "cis-kubernetes:5.2.2", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, privileged: true}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, securityContext: {privileged: true}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": true}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if *see.get(&it.privileged)? { fail(it.privileged.pos(), "runs privileged") } else { pass() }
}

fn mend(spot: &Spot) -> Mend {
    let path = match spot.source() {
        Some(Source::Pod) => "securityContext privileged",
        Some(Source::Compose) => "privileged",
        _ => return Mend::Advice("start it again without `--privileged`".into()),
    };
    let edit = spot.in_container(path, Change::Unset(Value::Flag(false)));
    Mend::to_try(vec![edit], "give it the one capability or device that it turns out to need")
}

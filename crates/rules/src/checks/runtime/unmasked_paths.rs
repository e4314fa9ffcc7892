use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::mending::{is_privileged, not_while_privileged, without_option};
use tyrian_model::workload::Source;

check! {
    /// A container sees parts of /proc and /sys that are masked by default.
    ///
    /// ## What it checks
    /// `procMount: Unmasked` of a pod, `systempaths=unconfined` among the security options, a shortened list of
    /// masked paths on the engine, and what is really mounted over.
    /// ## Why it matters
    /// Through /proc/sys, /proc/sysrq-trigger and /sys a process of root sets what holds for the whole kernel,
    /// and /proc/kcore is its memory.
    /// ## Fix
    /// Leave `procMount` at Default and take `systempaths=unconfined` out. Only containers with a user
    /// namespace of their own, which run containers in turn, need it.
    "unmasked-paths",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["mandatory-access-control", "least-capability"],
    ids: &["attack:T1611", "nist:3.4.3", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: dind, security_opt: ['systempaths=unconfined']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {procMount: Unmasked}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "SecurityOpt": null, "MaskedPaths": [], "ReadonlyPaths": []}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "SecurityOpt": null, "MaskedPaths": null, "ReadonlyPaths": null}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    if *see.get(&it.masked_paths)? {
        pass()
    } else {
        fail(it.masked_paths.pos(), "sees parts of /proc and /sys that are masked by default")
    }
}

fn mend(spot: &Spot) -> Mend {
    if is_privileged(spot) {
        return not_while_privileged();
    }
    let edit = match spot.source() {
        Some(Source::Pod) => spot.in_container("securityContext procMount", Change::Unset("Default".into())),
        Some(Source::Compose) => without_option(spot, "systempaths", "unconfined"),
        _ => return Mend::Advice("start it again without `--security-opt systempaths=unconfined`".into()),
    };
    Mend::to_try(vec![edit], "containers that it starts itself may need them")
}

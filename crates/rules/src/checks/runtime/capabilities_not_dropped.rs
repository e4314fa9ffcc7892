use crate::capabilities::{self, Reach, is_everything};
use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::mending::is_not_root;
use tyrian_model::workload::Source;

check! {
    /// A container keeps capabilities of the default set that it hardly needs.
    ///
    /// ## What it checks
    /// NET_RAW and MKNOD among the capabilities that are left after what is dropped and added.
    /// ## Why it matters
    /// The default set is made so that everything works. NET_RAW lets a taken container forge packets and
    /// listen to its neighbours; MKNOD lets it make devices.
    /// ## Fix
    /// Drop ALL (`capabilities: {drop: [ALL]}`, `cap_drop: [ALL]`, `--cap-drop ALL`) and add back by name what
    /// the program fails without; few need any.
    "capabilities-not-dropped",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1557", "nist:3.4.3", "cis-docker:5.4", "cis-kubernetes:5.2.8", "pss:restricted"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "CapAdd": null, "CapDrop": ["MKNOD"]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, cap_drop: [ALL], cap_add: [CHOWN, SETUID, SETGID]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {capabilities: {drop: [ALL]}}}]}")]),
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
    let kept: Vec<String> = capabilities::held(held, Reach::Spare)
        .map(|(name, gives)| format!("{name}, which {gives}"))
        .collect();
    if kept.is_empty() {
        return pass();
    }
    fail(it.capabilities.pos(), format!("keeps of the default capabilities {}", kept.join(", and ")))
}

fn mend(spot: &Spot) -> Mend {
    // Root keeps the others of the default set, on which entry points rely that chown and become another user.
    let names: &[&str] = if is_not_root(spot) { &["ALL"] } else { &["NET_RAW", "MKNOD"] };
    let (drop, add) = match spot.source() {
        Some(Source::Pod) => ("securityContext capabilities drop", "securityContext capabilities add"),
        Some(Source::Compose) => ("cap_drop", "cap_add"),
        _ => return spot.flags(&format!("--cap-drop {}", names.join(" --cap-drop "))),
    };
    let mut edits: Vec<_> =
        names.iter().map(|name| spot.in_container(drop, Change::Add((*name).into()))).collect();
    // What is added by name is not dropped as well.
    let added = ["NET_RAW", "CAP_NET_RAW", "MKNOD", "CAP_MKNOD"].map(str::to_owned).to_vec();
    edits.push(spot.in_container(add, Change::Drop(added)));
    Mend::to_try(edits, "ping, tcpdump and the like may miss raw sockets")
}

use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::mending::{is_privileged, not_while_privileged};
use tyrian_model::workload::Source;

check! {
    /// A container is kept out of AppArmor or SELinux.
    ///
    /// ## What it checks
    /// An AppArmor profile that is `unconfined`, SELinux labels that are switched off or of a type that
    /// nothing confines (`spc_t`, `unconfined_t`), and the label that a running process has. Where the machine has neither module there is nothing to switch off.
    /// ## Why it matters
    /// Without it nothing stands behind file permissions and capabilities: mounts and writes to /proc and /sys
    /// that the default profile forbids are open.
    /// ## Fix
    /// Take `apparmor=unconfined` or `label=disable` out; set `appArmorProfile.type: RuntimeDefault`, or a
    /// profile that is made for the program.
    "mac-unconfined",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["mandatory-access-control"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.2", "cis-docker:5.3", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, security_opt: ['apparmor:unconfined']}}")]),
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, security_opt: ['label:level:s0:c1,c2', 'label:type:spc_t']}}")]),
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, security_opt: ['label=disable']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {seLinuxOptions: {level: s0, type: spc_t}}, containers: [{name: a, image: shop/a:1}]}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {appArmorProfile: {type: Unconfined}}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "SecurityOpt": ["apparmor=unconfined"]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}, b: {image: nginx, security_opt: ['label:level:s0:c1,c2']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "AppArmorProfile": "docker-default", "HostConfig": {"Privileged": false, "SecurityOpt": null}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    match see.get(&it.lsm)?.as_deref() {
        None => not_applicable(),
        Some(label)
            if label.starts_with("unconfined")
                || label.contains(":unconfined_t")
                || label.contains(":spc_t") =>
        {
            fail(it.lsm.pos(), "no profile of AppArmor or SELinux holds it in: it is unconfined")
        }
        Some(label) if label.ends_with("(complain)") => {
            fail(it.lsm.pos(), "its AppArmor profile only complains and stops nothing")
        }
        Some(_) => pass(),
    }
}

fn mend(spot: &Spot) -> Mend {
    if is_privileged(spot) {
        return not_while_privileged();
    }
    let label =
        spot.container().and_then(|it| spot.see.get(&it.declared.lsm).ok()?.clone()).unwrap_or_default();
    let edits = match spot.source() {
        Some(Source::Pod) if label.contains(':') => {
            return Mend::Person("which type of SELinux its program needs is known to who runs it".into());
        }
        Some(Source::Pod) => vec![
            spot.in_container("securityContext appArmorProfile type", Change::Set("RuntimeDefault".into())),
        ],
        Some(Source::Compose) => {
            let types = ["type:spc_t", "type:unconfined_t", "disable"].map(|label| format!("label:{label}"));
            let all = std::iter::once("apparmor:unconfined".to_owned()).chain(types);
            let written = all.flat_map(|option| [option.replacen(':', "=", 1), option]).collect();
            vec![spot.in_container("security_opt", Change::Drop(written))]
        }
        _ => return Mend::Advice("start it again without the option that takes it out".into()),
    };
    Mend::to_try(edits, "the kernel's log names what its profile denies")
}

//! Volumes that are a path of the host.

use super::*;

control! {
    /// No volume of the pod has a `hostPath`, mounted or not, read-only or not. Since v1.0; `restricted` has a
    /// stricter control in its place.
    "hostPathVolumes",
    title: "Host path volumes",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "replace the hostPath volume by an emptyDir, a claim, or a CSI driver that reaches what is needed",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    let mut found = Vec::new();
    for (index, volume) in see.get(&pod.volumes)?.iter().enumerate() {
        if volume.types.iter().any(|kind| kind == "hostPath") {
            found.push(of_volume(pod, index, volume, "hostPath", NOT_SET));
        }
    }
    Ok(found)
}

/// A breach in the type of a volume.
pub(super) fn of_volume(
    pod: &PodSecurity,
    index: usize,
    volume: &tyrian_model::pod_security::PodVolume,
    kind: &str,
    wanted: &'static str,
) -> Breach {
    let below = format!("{kind} of the volume {}", volume.name);
    let field = format!("volumes[{index}].{kind}");
    Breach { below, ..Spot::pod(pod).breach(&field, "set", wanted, volume.at.clone()) }
}

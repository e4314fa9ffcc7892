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
            let (field, at) = (format!("volumes[{index}].hostPath"), volume.at.clone());
            found.push(Spot::pod(pod).breach(&field, format!("volume {}", volume.name), NOT_SET, at));
        }
    }
    Ok(found)
}

//! Types of volumes of a restricted pod.

use super::*;
use tyrian_model::fact::Why;

control! {
    /// Each of the pod's `volumes` is a `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`,
    /// `persistentVolumeClaim`, `projected` or `secret`. Storage of other types is claimed, so that whoever runs the
    /// cluster chooses it. A volume without a type is an empty directory. Since v1.0.
    "restrictedVolumes",
    title: "Volume types",
    level: Level::Restricted,
    since: 0,
    replaces: Some("hostPathVolumes"),
    set: "claim the storage by a persistentVolumeClaim, or use one of the types that are allowed",
}

const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

const FORBIDDEN: [&str; 21] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    let mut found = Vec::new();
    for (index, volume) in see.get(&pod.volumes)?.iter().enumerate() {
        let has = |known: &[&str]| volume.types.iter().find(|kind| known.contains(&kind.as_str()));
        if volume.types.is_empty() || has(&ALLOWED).is_some() {
            continue;
        }
        match has(&FORBIDDEN) {
            Some(kind) => {
                let wanted = "a type of volume that the standard allows";
                found.push(super::host_path_volumes::of_volume(pod, index, volume, kind, wanted));
            }
            // The API server drops a field that it does not know, and refuses it where it is asked to be strict.
            None => {
                let what = format!("the volume {} is of a type that is not known here", volume.name);
                let _ = see.apart(|see| see.unclear(Why::Unresolved, what));
            }
        }
    }
    Ok(found)
}

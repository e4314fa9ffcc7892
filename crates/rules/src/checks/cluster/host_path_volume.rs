use crate::checks::prelude::*;

check! {
    /// A persistent volume is a path of the node.
    ///
    /// ## What it checks
    /// PersistentVolumes with `hostPath`.
    /// ## Why it matters
    /// A pod that claims it writes to the disk of the node although Pod Security forbids host paths to it, and
    /// with a path such as `/` or `/var` owns the node.
    /// ## Fix
    /// Use a storage class with a driver, or `local` volumes on a disk of their own, with node affinity.
    "host-path-volume",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["pod-security", "cis-kubernetes"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-kubernetes:5.2.12"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /var/lib/data}}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "PersistentVolume" {
        return not_applicable();
    }
    match see.child(&it.body, &["spec", "hostPath"])? {
        Some(node) => {
            let path = see.text_at(node, &["path"])?.unwrap_or_default();
            fail(Some(node.pos()), format!("is the path {path} of whatever node the pod runs on"))
        }
        None => pass(),
    }
}

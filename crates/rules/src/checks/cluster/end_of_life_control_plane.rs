use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use tyrian_model::workload::Source;
check! {
    /// A part of the control plane is of a version that is no longer mended.
    ///
    /// ## What it checks
    /// The tags of the images kube-apiserver, kube-controller-manager, kube-scheduler and kube-proxy against
    /// the versions that Kubernetes supported on 1 July 2026 (1.34 and later). Later ends of life are not known
    /// here.
    /// ## Why it matters
    /// Holes that are found in such a version stay open for ever, and everybody can read about them.
    /// ## Fix
    /// Upgrade, one minor version after the other, to one that is supported for some time yet, and again every
    /// four months.
    "end-of-life-control-plane",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["current-version", "cis-kubernetes"],
    ids: &["attack:T1190", "attack:T1068"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.24.3"}]}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.36.3"}]}
"#)]),
    ],
}

const PARTS: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];

fn check(see: &See, it: &Workload) -> Judged {
    if it.source != Source::Pod {
        return not_applicable();
    }
    each(see, see.rows(&it.containers).values(), |see, container| {
        let Some(image) = see.get(&container.image)? else { return not_applicable() };
        if !image.repository.rsplit('/').next().is_some_and(|name| PARTS.contains(&name)) {
            return not_applicable();
        }
        let Some(tag) = &image.tag else {
            return Err(
                see.unclear(Why::NotRead, "the version of an image of the control plane without a tag")
            );
        };
        match k8s::minor(tag) {
            Some(minor) if minor < k8s::OLDEST_MINOR => {
                fail(container.image.pos(), format!("runs Kubernetes {tag}, which is no longer mended"))
            }
            Some(_) => pass(),
            None => Err(see.unclear(Why::NotRead, format!("the version of Kubernetes behind the tag {tag}"))),
        }
    })
}

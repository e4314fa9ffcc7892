use crate::checks::prelude::*;
use crate::known::{SCANNERS, is_live_cluster, runs};

check! {
    /// No workload of the cluster scans what runs for vulnerabilities.
    ///
    /// ## What it checks
    /// In a live cluster, judged once, at its namespace kube-system: whether any workload runs the image of a
    /// known scanner (the operators of Trivy and Kubescape, NeuVector, StackRox and others). A registry that
    /// scans by itself is not seen from here.
    /// ## Why it matters
    /// An image without a known hole when it was built has some a month later. Only who scans what runs knows
    /// which containers to replace.
    /// ## Fix
    /// Install one, such as trivy-operator, or have the registry scan again each day and compare with what
    /// runs.
    "cluster-without-scanner",
    layer: Layer::Runtime,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::Low,
    controls: &["scan-running"],
    ids: &["nist:3.1.1", "nist:4.1.1"],
    bad: &[
        Example::Facts(r#"{"namespaces": {"gaps": [], "rows": {"namespace:kube-system": {"origin": {}, "declared": true,
            "labels": {"is": {"kubernetes.io/metadata.name": {"text": "kube-system"}}}}}},
            "workloads": {"gaps": [], "rows": {"daemonset:x/y": {"source": "pod", "kind": "DaemonSet", "namespace": "x", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"c": {"role": "main", "image": {"is": {"written": "shop/web", "registry": "docker.io", "repository": "shop/web", "tag": null, "digest": null}}}}}}}}}"#),
    ],
    good: &[
        Example::Facts(r#"{"namespaces": {"gaps": [], "rows": {"namespace:kube-system": {"origin": {}, "declared": true,
            "labels": {"is": {"kubernetes.io/metadata.name": {"text": "kube-system"}}}}}},
            "workloads": {"gaps": [], "rows": {"daemonset:x/y": {"source": "pod", "kind": "DaemonSet", "namespace": "x", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"c": {"role": "main", "image": {"is": {"written": "aquasecurity/trivy-operator", "registry": "docker.io", "repository": "aquasecurity/trivy-operator", "tag": null, "digest": null}}}}}}}}}"#),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    if !is_live_cluster(see, it)? {
        return not_applicable();
    }
    if runs(see, SCANNERS)? {
        pass()
    } else {
        fail(None, "no workload of the cluster scans what runs for vulnerabilities")
    }
}

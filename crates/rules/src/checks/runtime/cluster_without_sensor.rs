use crate::checks::prelude::*;
use crate::known::{SENSORS, is_live_cluster, runs};

check! {
    /// No workload of the cluster watches what the others do.
    ///
    /// ## What it checks
    /// In a live cluster, judged once, at its namespace kube-system: whether any workload runs the image of a
    /// known sensor (Falco, Tetragon, Tracee, KubeArmor, Sysdig and others). Manifests in a tree are never the
    /// whole cluster, and are not judged.
    /// ## Why it matters
    /// A shell in a web server, a read of /etc/shadow, a connection outwards from `curl`: without a sensor they
    /// happen and nobody knows.
    /// ## Fix
    /// Install Falco or Tetragon as a DaemonSet, and send its alarms to where somebody looks.
    "cluster-without-sensor",
    layer: Layer::Runtime,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["detect-shell", "detect-unexpected-child", "detect-sensitive-read", "detect-dev-write", "detect-system-binary-egress"],
    ids: &["attack:T1059.004", "nist:4.4.4"],
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
            "containers": {"gaps": [], "rows": {"c": {"role": "main", "image": {"is": {"written": "falcosecurity/falco-no-driver", "registry": "docker.io", "repository": "falcosecurity/falco-no-driver", "tag": null, "digest": null}}}}}}}}}"#),
    ],
}

fn check(see: &See, it: &Namespace) -> Judged {
    if !is_live_cluster(see, it)? {
        return not_applicable();
    }
    if runs(see, SENSORS)? {
        pass()
    } else {
        fail(None, "no workload of the cluster watches what the others do")
    }
}

use crate::checks::prelude::*;

check! {
    /// An object uses an API version that Kubernetes no longer has.
    ///
    /// ## What it checks
    /// `apiVersion` of objects against those that Kubernetes 1.16 to 1.32 removed.
    /// ## Why it matters
    /// A current cluster refuses the object. Where it was to guard something, a PodSecurityPolicy or a webhook,
    /// nothing guards; and whoever needs it stays on an old version.
    /// ## Fix
    /// Move to the version that followed (`networking.k8s.io/v1`, `policy/v1`, …; `kubectl convert` helps).
    /// PodSecurityPolicy has no successor of that name: use Pod Security labels.
    "removed-api",
    layer: Layer::Cluster,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["current-version", "cis-kubernetes"],
    ids: &["attack:T1190"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: restricted}
spec: {privileged: false}
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: shop}
spec: {}
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec: {}
"#)]),
    ],
}

const REMOVED: [(&str, &str); 17] = [
    ("extensions/v1beta1", "1.22"),
    ("policy/v1beta1", "1.25"),
    ("networking.k8s.io/v1beta1", "1.22"),
    ("apiextensions.k8s.io/v1beta1", "1.22"),
    ("apiregistration.k8s.io/v1beta1", "1.22"),
    ("admissionregistration.k8s.io/v1beta1", "1.22"),
    ("authentication.k8s.io/v1beta1", "1.22"),
    ("authorization.k8s.io/v1beta1", "1.22"),
    ("certificates.k8s.io/v1beta1", "1.22"),
    ("scheduling.k8s.io/v1beta1", "1.22"),
    ("storage.k8s.io/v1beta1", "1.27"),
    ("autoscaling/v2beta1", "1.25"),
    ("autoscaling/v2beta2", "1.26"),
    ("discovery.k8s.io/v1beta1", "1.25"),
    ("events.k8s.io/v1beta1", "1.25"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "1.29"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "1.32"),
];

/// Kinds of these groups that later versions brought as `v1beta1`.
const KEPT: [&str; 8] = [
    "IPAddress",
    "ServiceCIDR",
    "SelfSubjectReview",
    "ClusterTrustBundle",
    "PodCertificateRequest",
    "VolumeAttributesClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
];

fn check(_see: &See, it: &Object) -> Judged {
    let newer = KEPT.contains(&it.kind.as_str()) || it.kind.starts_with("MutatingAdmissionPolicy");
    match REMOVED.iter().find(|(version, _)| *version == it.api_version) {
        Some((version, since)) if !newer => {
            fail(None, format!("is of {version}, which Kubernetes {since} no longer has"))
        }
        _ => pass(),
    }
}

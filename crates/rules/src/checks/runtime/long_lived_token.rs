use crate::checks::prelude::*;
use tyrian_model::details::Token;

check! {
    /// A container asks for a token that outlives the day.
    ///
    /// ## What it checks
    /// `expirationSeconds` of the service account tokens in projected volumes that a container mounts: more than
    /// 86400, a day. Whom the token is for does not matter; without a word it is good for an hour.
    /// ## Why it matters
    /// The kubelet puts a new token into the file long before the old one ends, so a short life costs nothing. Who
    /// copies a token out of the container uses it from elsewhere until it ends, or until the pod is gone.
    /// ## Fix
    /// Leave `expirationSeconds` out, or set it to 3600; read the file anew for each use, as the client libraries do.
    "long-lived-token",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["no-token-automount"],
    ids: &["attack:T1528", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 31536000}}]}}]
  containers: [{name: a, image: shop/a:1, volumeMounts: [{name: t, mountPath: /run/token}]}]")]),
    ],
    good: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  volumes:
  - {name: t, projected: {sources: [{serviceAccountToken: {path: vault, audience: vault, expirationSeconds: 86400}}, {serviceAccountToken: {path: api}}]}}
  - {name: unused, projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 31536000}}]}}
  containers: [{name: a, image: shop/a:1, volumeMounts: [{name: t, mountPath: /run/token}]}]")]),
    ],
}

/// A day, in seconds.
const LONG: u64 = 86_400;

fn check(see: &See, it: &Confinement) -> Judged {
    let long = see.get(&it.details.tokens)?.iter().filter(|token| token.seconds > LONG);
    let fault = |token: &Token| Fault {
        what: format!("{} holds a token that is good for {} hours", token.file, token.seconds / 3600),
        at: token.at.clone(),
    };
    faults(long.map(fault).collect())
}

use crate::checks::prelude::*;

check! {
    /// A container runs whatever image lies on its machine under that name.
    ///
    /// ## What it checks
    /// `imagePullPolicy: Never` and `pull_policy: never`; and `IfNotPresent` (`missing`) for an image whose tag
    /// is `latest` or missing. An image that is named by its digest is what it says wherever it comes from.
    /// ## Why it matters
    /// The registry is not asked: not whether the name still means this image, and not whether who starts it may
    /// have it. Each machine runs a version of its own, and whoever can load an image there chooses it.
    /// ## Fix
    /// Set `imagePullPolicy: Always` (`pull_policy: always`), or name the image by its digest.
    "image-never-pulled",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["validate-container"],
    ids: &["attack:T1525", "nist:3.1.5", "nist:3.2.2"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'shop/web:1.2', pull_policy: never}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'ghcr.io/shop/web:latest', imagePullPolicy: IfNotPresent}]}")]),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'shop/web:1.2'}, b: {build: ., pull_policy: never}}"), ("Dockerfile", "FROM nginx\nUSER 7\n")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: a, image: 'nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', imagePullPolicy: Never}
  - {name: b, image: 'nginx:1.27', imagePullPolicy: IfNotPresent}
  - {name: c, image: nginx}")]),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let Some(policy) = see.get(&it.pull_policy)? else { return pass() };
    let Some(image) = see.get(&it.image)? else { return not_applicable() };
    let newest = matches!(image.tag.as_deref(), None | Some("latest"));
    let what = match policy.as_str() {
        _ if image.digest.is_some() => return pass(),
        "Never" => "its image is never pulled, so it runs what lies on the machine under that name",
        "IfNotPresent" if newest => {
            "its image is whatever is newest, but is not pulled again where some version of it lies already"
        }
        _ => return pass(),
    };
    fail(it.pull_policy.pos(), what)
}

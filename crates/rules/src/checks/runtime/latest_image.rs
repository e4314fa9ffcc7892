use crate::checks::prelude::*;
use crate::known::is_built_here;

check! {
    /// A container's image is whatever is newest.
    ///
    /// ## What it checks
    /// References to images with the tag `latest` or with none, which means the same, and without a digest.
    /// Images that are built from the same project or on the same engine and never were in a registry are left
    /// out.
    /// ## Why it matters
    /// Nobody can say what runs, nobody can go back, and a bad version is taken at the next start without
    /// anybody deciding it.
    /// ## Fix
    /// Name a version and its digest: `nginx:1.27@sha256:…`.
    "latest-image",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["validate-container", "total-image-hash"],
    ids: &["attack:T1525", "attack:T1204.003", "nist:3.1.5", "nist:4.1.5", "cis-docker:5.28"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'ghcr.io/shop/web:latest'}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx"}}],
            "images": [{"Id": "sha256:77", "RepoTags": ["nginx:1.27", "nginx:latest"], "RepoDigests": ["nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'nginx:1.27'}, b: {build: ., image: shop/b}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx:1.27"}}],
            "images": [{"Id": "sha256:77", "RepoTags": ["nginx:1.27", "nginx:latest"], "RepoDigests": ["nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let Some(image) = see.get(&it.image)? else { return not_applicable() };
    if image.digest.is_some() || !matches!(image.tag.as_deref(), None | Some("latest")) {
        return pass();
    }
    if is_built_here(see, image)? {
        return not_applicable();
    }
    fail(it.image.pos(), format!("the image {} is whatever is newest: it has no version", image.written))
}

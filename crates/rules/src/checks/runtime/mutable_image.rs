use crate::checks::prelude::*;
use crate::known::is_built_here;

check! {
    /// A container's image is named by a tag, which can be moved.
    ///
    /// ## What it checks
    /// References to images without a digest. Images that are built from the same project or on the same engine
    /// and never were in a registry have none to be named by. `latest` and a missing tag are judged by
    /// latest-image.
    /// ## Why it matters
    /// What was tested and what runs are the same only as long as nobody moves the tag: the owner of the
    /// repository, or whoever has taken it, decides what starts next.
    /// ## Fix
    /// Name the digest behind the tag: `nginx:1.27@sha256:…`. A bot (Renovate, Dependabot) keeps it current.
    "mutable-image",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["validate-container", "total-image-hash"],
    ids: &["attack:T1525", "attack:T1204.003", "nist:3.1.5", "nist:4.1.5"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'nginx:1.27'}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'ghcr.io/shop/web:2.1'}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx:1.27"}}],
            "images": [{"Id": "sha256:77", "RepoTags": ["nginx:1.27", "nginx:latest"], "RepoDigests": ["nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'nginx:1.27@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}, b: {build: ., image: 'shop/b:1'}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}],
            "images": [{"Id": "sha256:77", "RepoTags": ["nginx:1.27", "nginx:latest"], "RepoDigests": ["nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}"#),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "containers": [{"Name": "/a", "Config": {"Image": "nginx:1.27"}}, {"Name": "/b", "Config": {"Image": "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}],
            "images": [{"Id": "sha256:77", "RepoTags": ["nginx:1.27", "nginx:latest"], "RepoDigests": []}]}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let Some(image) = see.get(&it.image)? else { return not_applicable() };
    if image.digest.is_some() {
        return pass();
    }
    if matches!(image.tag.as_deref(), None | Some("latest")) || is_built_here(see, image)? {
        return not_applicable();
    }
    fail(it.image.pos(), format!("the image {} is named by a tag alone, which can be moved", image.written))
}

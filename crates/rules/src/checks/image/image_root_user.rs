use crate::checks::prelude::*;

check! {
    /// An image runs as root unless somebody says otherwise.
    ///
    /// ## What it checks
    /// The user in the image's configuration: none, `root` or 0.
    /// ## Why it matters
    /// Root in the container is root to every file that it shares with the host, and to the kernel as soon as a
    /// user namespace is missing. Whoever starts the image has to remember another user each time.
    /// ## Fix
    /// `USER 10001:10001` at the end of the Dockerfile.
    "image-root-user",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["non-root", "cis-docker"],
    ids: &["attack:T1611", "nist:3.1.2", "nist:4.1.2", "cis-docker:4.1"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "user": {"is": ""}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "user": {"is": "root:root"}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "user": {"is": "0"}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Config": {}}]}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "user": {"is": "10001:10001"}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "user": {"is": "app"}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Config": {"User": "1000"}}]}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    match see.get(&it.user)?.split(':').next().unwrap_or("").trim() {
        "" => fail(None, "runs as root: it names no user"),
        "root" | "0" => fail(None, "runs as root: its configuration says so"),
        _ => pass(),
    }
}

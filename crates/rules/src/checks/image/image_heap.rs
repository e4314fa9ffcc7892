use crate::checks::prelude::*;
use std::collections::BTreeSet;

check! {
    /// Most images of the engine are used by no container.
    ///
    /// ## What it checks
    /// Images of an engine that no container was made of: more than 10 of them, and more than those that are
    /// used.
    /// ## Why it matters
    /// Old images keep old faults, and one that should not be there is not noticed among them. A tag without a
    /// digest may start one by mistake.
    /// ## Fix
    /// `docker image prune --all --filter until=720h`.
    "image-heap",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker"],
    ids: &["nist:4.4.5", "cis-docker:6.1"],
    bad: &[
        Example::Engine(r#"{"info": {}, "containers": [], "images": [{"Id": "sha256:0", "RepoTags": ["shop/old:0"], "RepoDigests": []}, {"Id": "sha256:1", "RepoTags": ["shop/old:1"], "RepoDigests": []}, {"Id": "sha256:2", "RepoTags": ["shop/old:2"], "RepoDigests": []}, {"Id": "sha256:3", "RepoTags": ["shop/old:3"], "RepoDigests": []}, {"Id": "sha256:4", "RepoTags": ["shop/old:4"], "RepoDigests": []}, {"Id": "sha256:5", "RepoTags": ["shop/old:5"], "RepoDigests": []}, {"Id": "sha256:6", "RepoTags": ["shop/old:6"], "RepoDigests": []}, {"Id": "sha256:7", "RepoTags": ["shop/old:7"], "RepoDigests": []}, {"Id": "sha256:8", "RepoTags": ["shop/old:8"], "RepoDigests": []}, {"Id": "sha256:9", "RepoTags": ["shop/old:9"], "RepoDigests": []}, {"Id": "sha256:10", "RepoTags": ["shop/old:10"], "RepoDigests": []}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {}, "containers": [{"Id": "1", "Name": "/web", "Image": "sha256:1", "Config": {"Image": "shop/web:1"}}], "images": [{"Id": "sha256:1", "RepoTags": ["shop/web:1"], "RepoDigests": []}, {"Id": "sha256:2", "RepoTags": ["shop/web:0"], "RepoDigests": []}]}"#),
    ],
}

/// As many may lie there: bases, builds of the last days.
const MOST: usize = 10;

fn check(see: &See, it: &Engine) -> Judged {
    if !it.file.is_empty() {
        return not_applicable();
    }
    let mut used = BTreeSet::new();
    for workload in see.all(&see.world.workloads)?.values() {
        for container in see.all(&workload.containers)?.values() {
            used.extend(see.get(&container.image)?.as_ref().map(|image| image.written.as_str()));
        }
    }
    let is_used = |see: &See, name: &str, image: &Image| -> Result<bool, tyrian_model::fact::Unseen> {
        let named = image.names.iter().any(|tag| {
            used.contains(tag.as_str()) || tag.strip_suffix(":latest").is_some_and(|tag| used.contains(tag))
        });
        let id = see.get(&image.config_digest)?;
        Ok(named || used.contains(id.as_str()) || used.contains(name))
    };
    let mut unused = 0;
    let images = see.all(&see.world.images)?;
    for (name, image) in images {
        unused += usize::from(!is_used(see, name, image)?);
    }
    if unused > MOST && unused > images.len() - unused {
        return fail(
            None,
            format!("keeps {unused} images that no container was made of, of {}", images.len()),
        );
    }
    pass()
}

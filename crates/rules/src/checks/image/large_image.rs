use crate::checks::prelude::*;
use crate::dockerfile::shown;
use std::collections::BTreeMap;
use tyrian_model::image::FileKind;

check! {
    /// An image is larger than 400 MB.
    ///
    /// ## What it checks
    /// The sum of its layers, unpacked, in steps of 100 MB; where its files were read, also the folders that
    /// take the most, and how much later layers delete or replace, which is carried along all the same.
    /// ## Why it matters
    /// What is in it is there for whoever breaks in, has faults of its own, and makes every start and every
    /// update slower.
    /// ## Fix
    /// Build in one stage and copy the result into a small base (`distroless`, `slim`, `alpine`); leave
    /// compilers, caches and documents behind, in the same step that brought them. `docker history` shows which
    /// step takes what; `tyrian diff` which folders grew.
    "large-image",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["minimal-image"],
    ids: &["nist:3.1.2", "nist:4.1.2"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "size": {"is": 900000000}, "files": {"is": {"/usr/lib/big.so": {"kind": "regular", "mode": 420, "uid": 0, "gid": 0, "size": 800000000, "layer": 0}}}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Size": 500000000}]}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "size": {"is": 80000000}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Size": 50000000}]}"#),
    ],
}

/// From where on an image is large, in bytes.
const LARGE: u64 = 400_000_000;
const STEP: u64 = 100_000_000;

fn check(see: &See, it: &Image) -> Judged {
    let size = *see.get(&it.size)?;
    if size <= LARGE {
        return pass();
    }
    // In steps, so that it stays the same finding from build to build.
    let mut found = vec![format!("takes more than {} MB", size / STEP * 100)];
    if let Some(Ok(files)) = see.apart(|see| see.get(&it.files)) {
        let mut folders: BTreeMap<String, u64> = BTreeMap::new();
        for (path, file) in files {
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            let depth = parts.len().saturating_sub(1).min(3);
            let folder = parts.get(..depth).unwrap_or_default().join("/");
            let sum = folders.entry(folder).or_default();
            *sum = sum.saturating_add(file.size);
        }
        let mut most: Vec<(String, u64)> = folders.into_iter().filter(|(_, size)| *size >= STEP).collect();
        most.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        found.extend(
            most.iter().take(5).map(|(folder, size)| {
                format!("has more than {} MB in /{}", size / STEP * 100, shown(folder))
            }),
        );
        // A hard link is counted with its file, so that this is never too much.
        let kept = files.values().filter(|file| file.kind == FileKind::Regular);
        let lost = size.saturating_sub(kept.fold(0_u64, |sum, file| sum.saturating_add(file.size)));
        if lost >= STEP {
            found.push(format!(
                "carries more than {} MB that later layers delete or replace",
                lost / STEP * 100
            ));
        }
    }
    faults(found.into_iter().map(|what| Fault { what, at: None }).collect())
}

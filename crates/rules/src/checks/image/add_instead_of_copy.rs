use crate::checks::prelude::*;
use crate::dockerfile::stages;

check! {
    /// A Dockerfile adds local files with ADD.
    ///
    /// ## What it checks
    /// ADD of local files that are no archives. ADD of an address is another check's; of an archive it is what
    /// ADD is for.
    /// ## Why it matters
    /// ADD also fetches addresses and unpacks archives, so what ends up in the image hangs on what the source
    /// happens to be.
    /// ## Fix
    /// Write COPY: it copies local files and does nothing else.
    "add-instead-of-copy",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["nist:3.1.2", "cis-docker:4.9"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ADD . /app
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY . /app
ADD rootfs.tar.xz /
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://example.com/a /a
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let adds = all.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name.ends_with("ADD"));
    each(see, adds, |see, it| {
        let What::Copy { sources, .. } = &it.what else { return not_applicable() };
        let fetched = |source: &str| {
            let archive = [".tar", ".gz", ".tgz", ".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".zst"];
            source.contains("://")
                || source.starts_with("git@")
                || source.starts_with("<<")
                || archive.iter().any(|end| source.ends_with(end))
        };
        let plain = see.get(sources)?.iter().all(|source| !fetched(source));
        if plain { fail(Some(it.at.clone()), "adds local files with ADD where COPY does") } else { pass() }
    })
}

fn mend(spot: &Spot) -> Mend {
    Mend::safe(vec![spot.instruction(Rewrite::Word("ADD".into(), "COPY".into()))])
}

use crate::checks::prelude::*;
use crate::dockerfile::{fault, images_of};

check! {
    /// A base image is named by a tag that can be moved.
    ///
    /// ## What it checks
    /// FROM, `COPY --from` and `RUN --mount=from=` of an image with a version but without a digest. A base that is
    /// whatever is newest is another check's.
    /// ## Why it matters
    /// A tag is a name, and its owner can put it on another image at any time; so can whoever takes over the
    /// account or the registry. Only a digest is the content itself.
    /// ## Fix
    /// Add the digest that the tag has today (`docker buildx imagetools inspect IMAGE`): `FROM
    /// debian:12.11-slim@sha256:…`.
    "base-image-by-tag",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["content-trust", "total-image-hash"],
    ids: &["attack:T1195.002", "nist:3.1.5", "nist:4.1.5", "cis-docker:4.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "FROM python:3.13-slim")]),
        Example::Tree(&[("Dockerfile", "
FROM golang:1.25 AS build
FROM scratch
COPY --from=build /a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM scratch
COPY --from=ghcr.io/astral-sh/uv:0.9.1 /uv /bin/
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "FROM python:3.13@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]),
        Example::Tree(&[("Dockerfile", "
FROM scratch
COPY a /
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let stages = see.get(&it.stages)?;
    each(see, stages.iter().enumerate(), |see, (index, stage)| {
        let of = |it: &'_ Instruction| {
            let tagged = |from: &&str| {
                let tag = from.rsplit('/').next().unwrap_or("").split_once(':').map(|(_, tag)| tag);
                !from.contains('@') && tag.is_some_and(|tag| tag != "latest")
            };
            let taken: Vec<Fault> = images_of(&stages[..index], it)
                .into_iter()
                .filter(tagged)
                .map(|from| fault(&it.at, format!("takes files from {from} by its tag alone")))
                .collect();
            taken
        };
        let mut found: Vec<Fault> = stage.instructions.iter().flat_map(of).collect();
        let judged = match see.apart(|see| see.get(&stage.base)) {
            Some(Ok(Base::Image(image))) if image.digest.is_none() => match image.tag.as_deref() {
                None | Some("latest") => not_applicable(),
                _ => {
                    let what = format!("is built on {} by its tag alone", image.written);
                    found.insert(0, fault(&stage.at, what));
                    pass()
                }
            },
            _ => pass(),
        };
        if found.is_empty() { judged } else { faults(found) }
    })
}

use crate::checks::prelude::*;

check! {
    /// A base image is named by a tag that can be moved.
    ///
    /// ## What it checks
    /// FROM with a version but without a digest. A base that is whatever is newest is another check's.
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
    each(see, see.get(&it.stages)?, |see, stage| match see.get(&stage.base)? {
        Base::Image(image) if image.digest.is_none() => match image.tag.as_deref() {
            None | Some("latest") => not_applicable(),
            _ => fail(Some(stage.at.clone()), format!("is built on {} by its tag alone", image.written)),
        },
        _ => pass(),
    })
}

use crate::checks::prelude::*;
use crate::dockerfile::{fault, images_of};

check! {
    /// An image is built on whatever is newest.
    ///
    /// ## What it checks
    /// FROM, `COPY --from` and `RUN --mount=from=` of an image with the tag `latest` or none, and without a digest.
    /// Stages of the same file are no images; a base that hangs on a variable without a default is not known.
    /// ## Why it matters
    /// The same Dockerfile makes another image tomorrow. Nobody decided that, nobody can go back, and whoever
    /// can push that tag is in every image that is built on it.
    /// ## Fix
    /// Name a version and its digest: `FROM debian:12.11-slim@sha256:…`, and let a tool such as Renovate raise
    /// both.
    "floating-base-image",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["content-trust", "cis-docker"],
    ids: &["attack:T1195.002", "nist:3.1.5", "nist:4.1.5", "cis-docker:4.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "FROM python")]),
        Example::Tree(&[("Dockerfile", "
FROM golang:1.25 AS build
FROM alpine:latest
COPY --from=build /a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN --mount=from=docker.io/library/golang,target=/go /go/bin/go build .
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM golang:1.25 AS build
FROM build AS test
FROM alpine:3.22
COPY --from=build /a /a
COPY --from=0 /b /b
")]),
        Example::Tree(&[("Dockerfile", "
FROM scratch
COPY a /a
")]),
        Example::Tree(&[("Dockerfile", "FROM python@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]),
        Example::Tree(&[("Dockerfile", "
ARG TAG=3.22
FROM alpine:${TAG}
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let stages = see.get(&it.stages)?;
    let mut found = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        for instruction in &stage.instructions {
            for from in images_of(&stages[..index], instruction) {
                let last = from.rsplit('/').next().unwrap_or("");
                if !from.contains('@') && (!last.contains(':') || last.ends_with(":latest")) {
                    found.push(fault(
                        &instruction.at,
                        format!("copies from {from}, whatever that is at the time"),
                    ));
                }
            }
        }
        if let Some(Ok(Base::Image(image))) = see.apart(|see| see.get(&stage.base))
            && image.digest.is_none()
            && matches!(image.tag.as_deref(), None | Some("latest"))
        {
            found.push(fault(
                &stage.at,
                format!("is built on {}, whatever that is at the time", image.written),
            ));
        }
    }
    faults(found)
}

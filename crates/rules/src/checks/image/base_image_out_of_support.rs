use crate::checks::prelude::*;
use crate::support::releases::ended_base;

check! {
    /// An image is built on a release that nobody mends any more.
    ///
    /// ## What it checks
    /// FROM of the official images and of Red Hat's, by their tag: distributions (also as part of a tag,
    /// `3.12-buster`), languages and databases whose public support had ended on 2026-01-01. Paid extensions
    /// are not seen.
    /// ## Why it matters
    /// Faults that are found from then on stay open in every image that is built on it, and a scanner may not
    /// even list them.
    /// ## Fix
    /// Move to a release that is supported, and look at its end when you choose it.
    "base-image-out-of-support",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["fail-vulnerable-images"],
    ids: &["attack:T1190", "nist:3.1.1", "nist:4.1.1"],
    bad: &[
        Example::Tree(&[("Dockerfile", "FROM ubuntu:18.04")]),
        Example::Tree(&[("Dockerfile", "FROM python:3.8-slim")]),
        Example::Tree(&[("Dockerfile", "FROM node:22-buster")]),
        Example::Tree(&[("Dockerfile", "FROM centos:7")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "FROM debian:13")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22-bookworm-slim AS build
FROM gcr.io/distroless/nodejs22-debian12
")]),
        Example::Tree(&[("Dockerfile", "FROM python:3")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    each(see, see.get(&it.stages)?, |see, stage| match see.get(&stage.base)? {
        Base::Image(image) => match ended_base(image) {
            Some((what, when)) => fail(
                Some(stage.at.clone()),
                format!("is built on {what}, whose public support had ended by {when}"),
            ),
            None => pass(),
        },
        _ => pass(),
    })
}

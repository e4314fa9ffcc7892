use crate::checks::prelude::*;
use crate::dockerfile::{fault, stages};

check! {
    /// A build takes a secret as an argument.
    ///
    /// ## What it checks
    /// ARG without a value whose name is that of a credential (`NPM_TOKEN`, `DB_PASSWORD`), in any stage.
    /// ## Why it matters
    /// Arguments of a build are kept: in the history of the image for the last stage, in the build cache and in
    /// the attestation of how it was built for all of them. Who can pull the image reads it with `docker
    /// history`.
    /// ## Fix
    /// Use a secret mount: `RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci`, and `docker build --secret
    /// id=npm,src=…`.
    "build-argument-secret",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
ARG NPM_TOKEN
RUN echo \"//registry.example.com/:_authToken=${NPM_TOKEN}\" > .npmrc && npm ci && rm .npmrc
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ARG DB_PASSWORD
ENV DB_PASSWORD=$DB_PASSWORD
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
ARG VERSION
ARG TOKEN_URL
RUN --mount=type=secret,id=npm npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ARG SECRET_NAME
ARG PUBLIC_KEY
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let arguments = all.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name == "ARG");
    let mut found = Vec::new();
    for instruction in arguments {
        let What::Set(values) = &instruction.what else { continue };
        let Some(Ok(values)) = see.apart(|see| see.get(values)) else { continue };
        let named = values.iter().filter(|(name, value)| value.is_none() && is_secret(name));
        found.extend(
            named.map(|(name, _)| fault(&instruction.at, format!("takes {name} as a build argument"))),
        );
    }
    faults(found)
}

fn is_secret(name: &str) -> bool {
    const ENDS: [&str; 14] = [
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "TOKEN",
        "SECRET",
        "API_KEY",
        "APIKEY",
        "SECRET_KEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "SSH_KEY",
        "CREDENTIALS",
        "DEPLOY_KEY",
        "AUTH_KEY",
    ];
    let name = name.to_ascii_uppercase();
    ENDS.iter().any(|end| {
        name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(['_', '-']))
    })
}

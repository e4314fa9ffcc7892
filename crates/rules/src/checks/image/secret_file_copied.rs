use crate::checks::prelude::*;
use crate::dockerfile::{fault, final_stages, shown};

check! {
    /// A file with secrets is copied into an image.
    ///
    /// ## What it checks
    /// COPY and ADD of files that by their name are private keys or credentials: `id_rsa`, `*.key`, `.env`,
    /// `.npmrc`, `.netrc`, `.git-credentials`, `.aws/credentials`, `.docker/config.json`, `kubeconfig` and the
    /// like, in the stages that the image is made of. Examples and public parts are left out.
    /// ## Why it matters
    /// Whoever can pull the image has it, also if a later instruction deletes it: the layer stays.
    /// ## Fix
    /// Leave it out of the context by `.dockerignore`; give it to the container as a mounted file, or to the
    /// build by `RUN --mount=type=secret`.
    "secret-file-copied",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "attack:T1552.004", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY server.key server.crt /etc/ssl/
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
COPY .env package.json ./
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ADD keys/id_rsa /root/.ssh/
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
COPY .env.example public.key package.json id_rsa.pub ./
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS build
COPY .npmrc ./
FROM node:22
COPY --from=build /app /app
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let stages = final_stages(see, it)?;
    let copies = stages.iter().flat_map(|stage| &stage.instructions);
    let copies = copies.filter(|it| matches!(it.name.trim_start_matches("ONBUILD "), "COPY" | "ADD"));
    each(see, copies, |see, it| {
        let What::Copy { sources, .. } = &it.what else { return not_applicable() };
        let secret = see.get(sources)?.iter().filter(|source| is_secret(source));
        faults(
            secret
                .map(|source| {
                    fault(&it.at, format!("copies {}, which holds secrets by its name", shown(source)))
                })
                .collect(),
        )
    })
}

fn is_secret(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or("");
    const NAMES: [&str; 18] = [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".env",
        ".env.production",
        ".env.prod",
        ".env.local",
        ".npmrc",
        ".netrc",
        ".pypirc",
        ".pgpass",
        ".git-credentials",
        ".dockercfg",
        ".vault-token",
        "kubeconfig",
        ".htpasswd",
        "terraform.tfstate",
    ];
    const ENDS: [&str; 4] = ["/.aws/credentials", "/.docker/config.json", "/.kube/config", "/.ssh"];
    if NAMES.contains(&name) || ENDS.iter().any(|end| format!("/{lower}").ends_with(end)) {
        return true;
    }
    let public = ["pub", "example", "sample", "template"].iter().any(|word| name.contains(word));
    let key = [".key", ".p12", ".pfx", ".jks", ".keystore", ".ppk"].iter().any(|end| name.ends_with(end));
    !public && (key || name.ends_with(".pem") && name.contains("key"))
}

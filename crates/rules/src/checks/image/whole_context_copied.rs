use crate::checks::prelude::*;
use crate::dockerfile::final_stages;
use crate::support::local;

check! {
    /// The whole folder is copied into an image, and nothing is left out.
    ///
    /// ## What it checks
    /// `COPY . …` or `ADD . …` from the context in the stages that the image is made of, and no `.dockerignore`
    /// beside the Dockerfile or in a folder above it.
    /// ## Why it matters
    /// Git's history, local settings, keys and logs of whoever builds end up in the image, for everybody who
    /// can pull it; and every stray file makes another image.
    /// ## Fix
    /// Copy by name what is needed, or write a `.dockerignore` that starts with `*` and lets in what is needed.
    "whole-context-copied",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["minimal-image", "cis-docker"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
COPY . .
"), ("package.json", "{\"dependencies\": {\"a\": \"1.0.0\"}}")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
COPY . .
"), (".dockerignore", "
*
!src
")]),
        Example::Tree(&[("Dockerfile", "FROM golang:1.25 AS build\nCOPY . .\nFROM scratch\nCOPY --from=build /a /a\nCOPY conf /conf")]),
        Example::Tree(&[("web.Dockerfile", "FROM node:22\nCOPY . ."), ("web.Dockerfile.dockerignore", "*\n!src")]),
        Example::Tree(&[("web/Dockerfile", "
FROM node:22
COPY . .
"), (".dockerignore", "*")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
COPY src ./src
COPY --from=build . .
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = final_stages(see, it)?;
    let copies = all.iter().flat_map(|stage| &stage.instructions);
    let copies = copies.filter(|it| {
        matches!(it.name.as_str(), "COPY" | "ADD") && !it.flags.iter().any(|(name, _)| name == "from")
    });
    each(see, copies, |see, copy| {
        let What::Copy { sources, .. } = &copy.what else { return not_applicable() };
        if !see.get(sources)?.iter().any(|source| matches!(source.as_str(), "." | "./" | "/" | "*" | "./*")) {
            return pass();
        }
        let Some(path) = local(see.world, &see.world.dockerfiles, it).strip_prefix("file:") else {
            return not_applicable();
        };
        // Where the tree has nothing that says how it is worked on, it has no ignore file either.
        if see.world.repositories.is_asked() {
            for repository in see.all(&see.world.repositories)?.values() {
                if see.get(&repository.landmarks)?.iter().any(|landmark| ignores(path, landmark)) {
                    return pass();
                }
            }
        }
        fail(Some(copy.at.clone()), "copies the whole folder, and no .dockerignore leaves anything out")
    })
}

/// Is that the ignore file of a context in which this Dockerfile may be built?
fn ignores(dockerfile: &str, landmark: &str) -> bool {
    let Some(folder) = landmark.strip_suffix(".dockerignore") else { return false };
    folder == dockerfile || (folder.is_empty() || folder.ends_with('/')) && dockerfile.starts_with(folder)
}

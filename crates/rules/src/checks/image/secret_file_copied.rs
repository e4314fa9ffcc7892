use crate::checks::prelude::*;
use crate::dockerfile::{all_runs, call, fault, final_stages, from, shown, stage_of};

check! {
    /// A file with secrets is copied into an image.
    ///
    /// ## What it checks
    /// COPY and ADD of files that by their name are private keys or credentials: `id_rsa`, `*.key`, `.env`,
    /// `.npmrc`, `.netrc`, `.git-credentials`, `.aws/credentials`, `.docker/config.json`, `kubeconfig` and the
    /// like, in the stages that the image is made of; and the same in another stage, where a folder is copied from
    /// there that they lie in (`COPY .npmrc /app/`, and later `COPY --from=build /app /app`). Examples and public parts
    /// are left out.
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
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS build
WORKDIR /app
COPY .npmrc package.json ./
RUN npm ci
FROM node:22
COPY --from=build /app /app
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY id_ed25519 /root/.ssh/id_ed25519
RUN git clone git@example.com:a/b.git
RUN rm -rf /root/.ssh
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
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS build
WORKDIR /app
COPY .npmrc package.json ./
RUN npm ci && npm run build && rm .npmrc
FROM node:22
COPY --from=build /app /app
COPY --from=build /app/dist /dist
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = see.get(&it.stages)?;
    let made_of = final_stages(see, it)?;
    let copies = || made_of.iter().flat_map(|stage| &stage.instructions).filter(|it| is_copy(it));
    let own = each(see, copies(), |see, it| {
        let What::Copy { sources, .. } = &it.what else { return not_applicable() };
        // What comes from a stage is judged there.
        let secret = see.get(sources)?.iter().filter(|source| is_secret(source));
        faults(
            secret
                .map(|source| {
                    fault(&it.at, format!("copies {}, which holds secrets by its name", shown(source)))
                })
                .collect(),
        )
    });
    // Folders that come from another stage bring what was put into them there.
    let brought = copies().filter_map(|it| Some((it, stage_of(all, from(it)?)?)));
    let brought = each(see, brought, |see, (it, index)| {
        let (What::Copy { sources, .. }, Some(stage)) = (&it.what, all.get(index)) else {
            return not_applicable();
        };
        let folders = see.get(sources)?;
        let lies_in = |path: &str| {
            folders.iter().any(|folder| {
                let folder = joined("/", folder);
                folder != "/" && (path == folder || path.starts_with(&format!("{folder}/")))
            })
        };
        let mut found = Vec::new();
        for (path, removed) in placed(see, stage)? {
            // What is copied by its own name was found above.
            if lies_in(&path) && !removed && !folders.iter().any(|folder| is_secret(folder)) {
                let folder = folders.iter().map(|folder| shown(folder)).collect::<Vec<_>>().join(", ");
                found.push(fault(
                    &it.at,
                    format!(
                        "copies {folder} from another stage, and {} in it, which holds secrets by its name",
                        shown(&path)
                    ),
                ));
            }
        }
        faults(found)
    });
    match (own?, brought?) {
        (Verdict::Fail(mut found, gaps), Verdict::Fail(more, _)) => {
            found.extend(more);
            Ok(Verdict::Fail(found, gaps))
        }
        (fail @ Verdict::Fail(..), _) | (_, fail @ Verdict::Fail(..)) => Ok(fail),
        (Verdict::NotApplicable, other) | (other, _) => Ok(other),
    }
}

fn is_copy(it: &Instruction) -> bool {
    matches!(it.name.trim_start_matches("ONBUILD "), "COPY" | "ADD")
}

/// The files with secrets that a stage itself copies from the context: where they end up, and whether the stage
/// removes them again, which is enough there.
fn placed(see: &See, stage: &Stage) -> Result<Vec<(String, bool)>, tyrian_model::fact::Unseen> {
    let (mut folder, mut found) = ("/".to_owned(), Vec::new());
    for it in &stage.instructions {
        match (&it.what, it.name.as_str()) {
            (What::Text(path), "WORKDIR") => folder = joined(&folder, see.get(path)?),
            (What::Copy { sources, target }, "COPY" | "ADD") if from(it).is_none() => {
                let (sources, target) = (see.get(sources)?, see.get(target)?);
                for source in sources.iter().filter(|source| is_secret(source)) {
                    let name = source.rsplit('/').next().unwrap_or("");
                    let into = joined(&folder, target);
                    let directory = target.ends_with(['/', '.']) || sources.len() > 1;
                    found.push((if directory { joined(&into, name) } else { into }, false));
                }
            }
            _ => {}
        }
    }
    for command in all_runs(see, stage)?.iter().flat_map(|run| run.commands()) {
        let (program, arguments) = call(command);
        if matches!(program, "rm" | "shred" | "unlink") {
            for (path, removed) in &mut found {
                let name = path.rsplit('/').next();
                *removed |= arguments.iter().any(|it| {
                    it.rsplit('/').next() == name
                        || path.starts_with(it.trim_end_matches('*')) && it.len() > 1
                });
            }
        }
    }
    Ok(found)
}

/// A path below a folder, without `.` and `..`.
fn joined(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
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

use crate::checks::prelude::*;

check! {
    /// The settings of an image hold a secret.
    ///
    /// ## What it checks
    /// Environment variables, labels and the history of an image: what has the form of a credential or is a
    /// literal under the name of one.
    /// ## Why it matters
    /// Everybody who can pull the image reads it with `docker inspect` or `docker history`, and so does every
    /// process in its containers.
    /// ## Fix
    /// Take it out of the Dockerfile, build anew, delete the old image and change the secret. Give it to the
    /// container as a mounted file.
    "secret-in-image-settings",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "env": {"is": {"DB_PASSWORD": {"text": "[password]", "secrets": [{"kind": "password", "length": 12, "hash": "ab", "at": null}]}}}, "labels": {"is": {}}, "history": {"is": []}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "env": {"is": {}}, "labels": {"is": {}}, "history": {"is": [{"text": "ENV A=[token]", "secrets": [{"kind": "token", "length": 12, "hash": "ab", "at": null}]}]}}}, "gaps": []}}"#),
        Example::Engine(r#"{"images": [{"Id": "sha256:77", "RepoTags": ["a:1"], "Config": {"Env": ["DB_PASSWORD=Winter2024!"]}}]}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "env": {"is": {"PATH": {"text": "/bin", "secrets": []}}}, "labels": {"is": {"a": {"text": "b", "secrets": []}}}, "history": {"is": [{"text": "CMD [\"a\"]", "secrets": []}]}}}, "gaps": []}}"#),
    ],
}

use tyrian_model::fact::Unseen;
use tyrian_model::secret::Concealed;

fn check(see: &See, it: &Image) -> Judged {
    each(see, [env, labels, history], |see, part| {
        let found = part(see, it)?;
        faults(found.into_iter().map(|what| Fault { what, at: None }).collect())
    })
}

fn env(see: &See, it: &Image) -> Result<Vec<String>, Unseen> {
    Ok(named("the environment variable", see.get(&it.env)?))
}

fn labels(see: &See, it: &Image) -> Result<Vec<String>, Unseen> {
    Ok(named("the label", see.get(&it.labels)?))
}

fn named(what: &str, values: &std::collections::BTreeMap<String, Concealed>) -> Vec<String> {
    let secrets = |(name, value): (&String, &Concealed)| {
        value.secrets.first().map(|secret| format!("{what} {name} holds a secret ({})", secret.kind))
    };
    values.iter().filter_map(secrets).collect()
}

fn history(see: &See, it: &Image) -> Result<Vec<String>, Unseen> {
    // What is still set is told there by its name.
    let (env, labels) = (see.get(&it.env)?, see.get(&it.labels)?);
    let set =
        |hash: &str| env.values().chain(labels.values()).flat_map(|it| &it.secrets).any(|it| it.hash == hash);
    let steps = see.get(&it.history)?.iter().enumerate();
    let secrets = steps.filter_map(|(number, step)| {
        let secret = step.secrets.iter().find(|secret| !set(&secret.hash))?;
        Some(format!("step {} of its history holds a secret ({})", number + 1, secret.kind))
    });
    Ok(secrets.collect())
}

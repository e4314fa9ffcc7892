use crate::checks::prelude::*;
use tyrian_model::secret::Concealed;

check! {
    /// A secret is written into the description of a container.
    ///
    /// ## What it checks
    /// Environment variables that are set by value, and the words of the command, that look like a password,
    /// key or token.
    /// ## Why it matters
    /// Everybody who may look at the container, the file or the process list has it; it goes into logs and
    /// crash reports, and it is never changed.
    /// ## Fix
    /// Give it as a file: a Secret that is mounted, `secrets:` of Compose, a file of the vault's agent; where
    /// only a variable will do, `valueFrom.secretKeyRef`. Then change it, for it is known.
    "secret-in-container",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit", "cis-docker"],
    ids: &["attack:T1552.001", "nist:3.1.4", "cis-kubernetes:5.4.1"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {db: {image: postgres, environment: {POSTGRES_PASSWORD: Kx7-marble-otter-2291}}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop, env: [{name: DB_PASSWORD, value: Kx7-marble-otter-2291}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {"Env": ["DB_PASSWORD=Kx7-marble-otter-2291"], "Entrypoint": null, "Cmd": null}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {db: {image: postgres, environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db, POSTGRES_USER: shop, KAFKA_SSL_KEY_CREDENTIALS: broker_sslkey_creds}, command: ['postgres', '-c', 'ssl=on']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop, env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {"Env": ["PATH=/usr/bin:/bin", "TZ=UTC"], "Entrypoint": ["/shop"], "Cmd": ["--port", "8080"]}}]}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let parts: [fn(&See, &Container) -> Judged; 2] = [by_variable, by_command];
    each(see, parts, |see, part| part(see, it))
}

fn by_variable(see: &See, it: &Container) -> Judged {
    let fault = |(name, value): (&String, &Concealed)| {
        // The name of a file that holds credentials is none of them.
        let secret = value.secrets.iter().find(|secret| secret.kind != "credentials-name")?;
        let what = format!("sets {name} by value, which looks like {}", a(&secret.kind));
        Some(Fault { what, at: value.at.clone() })
    };
    faults(see.get(&it.env)?.iter().filter_map(fault).collect())
}

fn by_command(see: &See, it: &Container) -> Judged {
    let fault = |word: &Concealed| {
        let what = format!("its command holds what looks like {}", a(&word.secrets.first()?.kind));
        Some(Fault { what, at: word.at.clone() })
    };
    faults(see.get(&it.command)?.iter().filter_map(fault).collect())
}

fn a(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {}", kind.replace('-', " "))
}

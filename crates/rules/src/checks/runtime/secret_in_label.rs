use crate::checks::prelude::*;

check! {
    /// A secret is written into a label or annotation.
    ///
    /// ## What it checks
    /// Labels of containers, Compose services and pods, and annotations of pods, whose value looks like a
    /// password, key or token.
    /// ## Why it matters
    /// Labels and annotations are made to be listed: everybody who may list workloads reads them, and
    /// monitoring copies them away.
    /// ## Fix
    /// Take it out and give it as a file from a secret store; then change it, for it is known. Proxies that
    /// take users from labels take a file of users as well.
    "secret-in-label",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit", "cis-docker"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, labels: {api_token: Kx7-marble-otter-2291}}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {db-password: Kx7-marble-otter-2291}}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {"Labels": {"db_password": "Kx7-marble-otter-2291"}}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, labels: {traefik.enable: 'true'}}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}, annotations: {prometheus.io/scrape: 'true'}}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "Config": {"Labels": {"maintainer": "shop"}}}]}"#),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    each(see, [("label", &it.labels), ("annotation", &it.annotations)], |see, (kind, texts)| {
        let fault = |(name, value): (&String, &tyrian_model::secret::Concealed)| {
            let secret = value.secrets.first()?;
            let what = format!("the {kind} {name} holds what looks like: {}", secret.kind.replace('-', " "));
            Some(Fault { what, at: value.at.clone() })
        };
        faults(see.get(texts)?.iter().filter_map(fault).collect())
    })
}

use crate::checks::prelude::*;

check! {
    /// Services of a swarm get secrets as environment variables, and the swarm keeps none.
    ///
    /// ## What it checks
    /// Secrets that the swarm keeps, and containers of its services with something in their environment that looks
    /// like a secret. What is in the secrets is not asked for.
    /// ## Why it matters
    /// A variable is shown by `docker inspect` and `docker service inspect`, inherited by every process and often
    /// logged. A secret of the swarm is encrypted on disk and a file in the container alone.
    /// ## Fix
    /// `docker secret create NAME FILE`, `docker service update --secret-add NAME`, and read `/run/secrets/NAME`.
    "swarm-without-secrets",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "encrypt-secrets"],
    ids: &["attack:T1552.007", "nist:3.1.4", "cis-docker:7.4"],
    bad: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}, "secrets": [],
            "containers": [{"Id": "1", "Name": "/shop.1.x", "Config": {"Env": ["DB_PASSWORD=Kx7-marble-otter-2291"], "Labels": {"com.docker.swarm.service.name": "shop"}}}]}"#),
    ],
    good: &[
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}, "secrets": [{}],
            "containers": [{"Id": "1", "Name": "/shop.1.x", "Config": {"Env": ["DB_PASSWORD=Kx7-marble-otter-2291"], "Labels": {"com.docker.swarm.service.name": "shop"}}}]}"#),
        Example::Engine(r#"{"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true}}, "secrets": [],
            "containers": [{"Id": "1", "Name": "/shop.1.x", "Config": {"Env": ["TZ=UTC"], "Labels": {"com.docker.swarm.service.name": "shop"}}}]}"#),
    ],
}

fn check(see: &See, it: &Engine) -> Judged {
    let Some(swarm) = see.get(&it.swarm_of)? else { return not_applicable() };
    if *see.get(&swarm.secrets)? > 0 {
        return pass();
    }
    let found = see.any(&see.world.workloads, |see, workload| {
        if !see.get(&workload.labels)?.contains_key("com.docker.swarm.service.name") {
            return Ok(false);
        }
        let in_variable = |see: &See, container: &Container| {
            let mut variables = see.get(&container.env)?.values();
            Ok(variables.any(|value| value.secrets.iter().any(|secret| secret.kind != "credentials-name")))
        };
        Ok(see.any(&workload.containers, in_variable)?.is_some())
    })?;
    match found {
        Some(_) => {
            fail(None, "is in a swarm that keeps no secrets, and its services have some in their environment")
        }
        None => pass(),
    }
}

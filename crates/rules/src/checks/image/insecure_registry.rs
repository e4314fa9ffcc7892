use crate::checks::prelude::*;
use crate::dockerfile::shown;
use crate::engine::is_own;
use crate::mending::daemon;

check! {
    /// The engine speaks to registries without TLS.
    ///
    /// ## What it checks
    /// Registries that the engine may reach without TLS or with any certificate; the machine's own are left
    /// out, since every engine trusts them.
    /// ## Why it matters
    /// Whoever sits in the network between gives the engine other images than it asked for, and reads the
    /// credentials.
    /// ## Fix
    /// Give the registry a certificate, put its authority into `/etc/docker/certs.d/REGISTRY/ca.crt`, and drop
    /// it from `insecure-registries`.
    "insecure-registry",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "content-trust"],
    ids: &["attack:T1557", "nist:3.2.1", "nist:4.2.1", "cis-docker:2.5"],
    bad: &[
        Example::Engine(r#"{"info": {"RegistryConfig": {"InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.0.0/8"], "IndexConfigs": {"docker.io": {"Secure": true}}}}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"insecure-registries\": [\"registry.example.com:5000\"]}")]),
    ],
    good: &[
        Example::Engine(r#"{"info": {"RegistryConfig": {"InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8"], "IndexConfigs": {"docker.io": {"Secure": true}}}}}"#),
        Example::Tree(&[("docker/daemon.json", "{\"icc\": false, \"insecure-registries\": [\"localhost:5000\"]}")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Engine) -> Judged {
    let of = |name: &String| Fault {
        what: format!("speaks to {} without TLS, or without looking at its certificate", shown(name)),
        at: it.insecure_registries.pos(),
    };
    faults(see.get(&it.insecure_registries)?.iter().filter(|name| !is_own(name)).map(of).collect())
}

fn mend(spot: &Spot) -> Mend {
    let names = spot.engine().and_then(|it| spot.see.get(&it.insecure_registries).ok()).into_iter().flatten();
    let named: Vec<String> =
        names.filter(|name| spot.fault.what.contains(&format!(" {} ", shown(name)))).cloned().collect();
    daemon(
        spot,
        false,
        vec![("insecure-registries", Change::Drop(named))],
        "restart the engine; its registry needs a certificate that the host trusts",
    )
}

use crate::checks::prelude::*;
use crate::host::{in_container, reached_from_outside};

check! {
    /// A data store runs on the container host itself and answers to the network.
    ///
    /// ## What it checks
    /// Sockets on addresses other than the loopback of Redis, MongoDB, Elasticsearch, Memcached, MySQL, PostgreSQL
    /// and the like. Ports of containers, which the engine's proxy holds, are judged with the container.
    /// ## Why it matters
    /// A store beside the containers is reached by each of them and from outside, and many of these ask for no
    /// password unless told to.
    /// ## Fix
    /// Move it into a container on an inner network or off the host, or bind it to the loopback address.
    "data-service-on-host",
    layer: Layer::Host,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["minimal-host"],
    ids: &["attack:T1133", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "0.0.0.0", "port": 6379, "program": "redis-server"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "127.0.0.1", "port": 5432, "program": "postgres"}, {"protocol": "tcp", "address": "0.0.0.0", "port": 6379, "program": "docker-proxy"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    const STORES: &[&str] = &[
        "redis-server",
        "valkey-server",
        "mongod",
        "memcached",
        "mysqld",
        "mariadbd",
        "postgres",
        "beam.smp",
        "influxd",
        "couchdb",
    ];
    let mut found = Vec::new();
    for socket in see.get(&it.listening)?.iter().filter(|socket| reached_from_outside(socket)) {
        if let Some(program) = socket.program.as_deref().filter(|program| STORES.contains(program)) {
            let what =
                format!("runs {program} on {} port {} beside its containers", socket.address, socket.port);
            found.push(Fault { what, at: None });
        }
    }
    faults(found)
}

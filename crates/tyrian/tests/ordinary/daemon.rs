//! Settings of the engine.

use super::yaml::{Value, json, map};
use super::{Fault, Files, Ordinary, Random, faults, with_faults};

pub(crate) fn all(random: &mut Random, count: usize) -> Vec<Ordinary> {
    with_faults(random, count, FAULTS, compose, write)
}

fn compose(random: &mut Random) -> Value {
    let mut all = map! { "icc": false };
    for (key, value) in [
        ("live-restore", Value::from(true)),
        ("no-new-privileges", Value::from(true)),
        ("userns-remap", Value::from("default")),
        ("userland-proxy", Value::from(false)),
    ] {
        if random.chance(85) {
            all.set(key, value);
        }
    }
    if random.chance(60) {
        all.set("log-driver", "local");
    } else {
        all.set("log-driver", "json-file");
        all.set("log-opts", map! { "max-size": random.pick(&["10m", "50m"]), "max-file": "3" });
    }
    let pool = vec![map! { "base": "10.200.0.0/16", "size": 24_i64 }];
    let limits = map! { "nofile": map! { "Name": "nofile", "Soft": 4096_i64, "Hard": 8192_i64 } };
    for (key, value) in [
        ("data-root", Value::from("/srv/docker")),
        ("storage-driver", Value::from("overlay2")),
        ("dns", Value::from(["10.0.0.2", "10.0.0.3"])),
        ("registry-mirrors", Value::from(["https://mirror.shop.example"])),
        ("default-address-pools", Value::from(pool)),
        ("default-ulimits", limits),
        ("exec-opts", Value::from(["native.cgroupdriver=systemd"])),
        ("log-level", Value::from("info")),
        ("features", map! { "buildkit": true }),
        ("max-concurrent-downloads", Value::from(6_i64)),
        ("labels", Value::from(["team=blue"])),
        ("metrics-addr", Value::from("127.0.0.1:9323")),
        ("insecure-registries", Value::from([])),
        ("experimental", Value::from(false)),
        ("iptables", Value::from(true)),
        ("bip", Value::from("172.26.0.1/16")),
        ("mtu", Value::from(1450_i64)),
    ] {
        if random.chance(22) {
            all.set(key, value);
        }
    }
    if random.chance(15) {
        all.set("hosts", ["unix:///run/docker.sock", "tcp://10.0.0.5:2376"]);
        all.set("tlsverify", true);
        for (key, file) in [("tlscacert", "ca"), ("tlscert", "server-cert"), ("tlskey", "server-key")] {
            all.set(key, format!("/etc/docker/tls/{file}.pem"));
        }
    }
    if let Value::Map(pairs) = &mut all {
        random.shuffle(pairs);
    }
    all
}

fn write(all: &Value, random: &mut Random) -> Files {
    let name = random.pick(&[
        "daemon.json",
        "docker/daemon.json",
        "etc/docker/daemon.json",
        "roles/docker/files/daemon.json",
    ]);
    vec![(name.to_owned(), json(all, random))]
}

fn set(all: &mut Value, key: &str, value: impl Into<Value>) -> Option<()> {
    all.set(key, value);
    Some(())
}

const FAULTS: &[Fault<Value>] = faults! {
    "the engine on the network", ["engine-tcp-without-tls"], |d, r| { if d.get("tlsverify").is_some() { return None } set(d, "hosts", ["unix:///var/run/docker.sock", r.pick(&["tcp://0.0.0.0:2375", "tcp://10.0.0.5:2375"])]) };
    "nobody checks who speaks", ["engine-tcp-without-tls"], |d, _r| { d.get("tlsverify")?; set(d, "tlsverify", false) };
    "the engine for each program", ["engine-tcp-on-loopback"], |d, _r| { if d.get("tlsverify").is_some() { return None } set(d, "hosts", ["fd://", "tcp://127.0.0.1:2375"]) };
    "a registry without TLS", ["insecure-registry"], |d, r| set(d, "insecure-registries", [r.pick(&["registry.shop.example:5000", "10.0.0.0/8"])]);
    "containers reach each other", ["default-bridge-open"], |d, _r| set(d, "icc", true);
    "privileges can be gained", ["no-new-privileges-not-default"], |d, _r| { d.get("no-new-privileges")?; set(d, "no-new-privileges", false) };
    "nothing said of privileges", ["no-new-privileges-not-default"], |d, _r| d.remove("no-new-privileges");
    "no filter of calls", ["engine-seccomp-off"], |d, _r| set(d, "seccomp-profile", "unconfined");
    "no log", ["engine-log-driver-none", "log-driver-none"], |d, _r| { d.remove("log-opts"); set(d, "log-driver", "none") };
    "a log without end", ["engine-log-unrotated"], |d, _r| d.remove("log-opts");
    "no firewall", ["engine-without-iptables"], |d, _r| set(d, "iptables", false);
    "experiments", ["experimental-engine"], |d, _r| set(d, "experimental", true);
    "users of the host", ["no-user-namespaces"], |d, _r| d.remove("userns-remap");
    "containers stop with the engine", ["no-live-restore"], |d, _r| d.remove("live-restore");
    "a program publishes ports", ["userland-proxy"], |d, _r| { d.get("userland-proxy")?; set(d, "userland-proxy", true) };
    "a driver that was given up", ["old-storage-driver"], |d, _r| set(d, "storage-driver", "aufs");
    "too much is said", ["engine-log-level"], |d, _r| set(d, "log-level", "debug");
};

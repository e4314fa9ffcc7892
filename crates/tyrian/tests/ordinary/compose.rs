//! Compose files, with services in the short and the long form.

use super::yaml::{Style, Value, map};
use super::{Fault, Files, Ordinary, Random, faults, with_faults};

/// A Compose file, and whether its services take their settings over from one place.
#[derive(Clone)]
pub(crate) struct Project {
    top: Value,
    services: Vec<(String, Value)>,
    shared: Option<Value>,
}

pub(crate) fn all(random: &mut Random, count: usize) -> Vec<Ordinary> {
    with_faults(random, count, FAULTS, compose, write)
}

fn compose(random: &mut Random) -> Project {
    let mut top = map! {};
    if random.chance(30) {
        top.set("version", "3.8");
    }
    if random.chance(40) {
        top.set("name", "shop");
    }
    let names = [["web", "api", "db"], ["frontend", "backend", "cache"], ["app", "worker", "queue"]];
    let names = random.pick(&names);
    let count = 1 + random.below(3);
    let shared = random.chance(25).then(|| {
        let limits = map! { "driver": "json-file", "options": map! { "max-size": "10m", "max-file": "3" } };
        map! {
            "read_only": true, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"],
            "restart": "on-failure:5", "logging": limits, "pids_limit": 200_i64,
        }
    });
    let services =
        names[..count].iter().map(|name| ((*name).to_owned(), service(name, shared.is_some(), random)));
    let services = services.collect();
    let mut networks = map! { "back": map! { "internal": true } };
    networks.set("front", map! { "driver": "bridge" });
    top.set("networks", networks);
    if random.chance(50) {
        top.set("volumes", map! { "data": map! {} });
    }
    Project { top, services, shared }
}

fn service(name: &str, shared: bool, random: &mut Random) -> Value {
    let repository = random.pick(&["registry.shop.example/team", "ghcr.io/shop-example", "shop"]);
    let tag = random.pick(&["1.4.2", "16.3-alpine", "2026.10", "v3"]);
    let image = match random.below(3) {
        0 => format!("{repository}/{name}:{tag}@{}", random.digest()),
        1 => format!("{repository}/{name}@{}", random.digest()),
        _ => format!("{repository}/{name}:{tag}"),
    };
    let mut all = map! { "image": image };
    all.set("user", random.pick(&["1000:1000", "10001", "nobody", "65534:65534"]));
    if !shared {
        if random.chance(80) {
            all.set("read_only", true);
        }
        all.set("cap_drop", ["ALL"]);
        all.set(
            "security_opt",
            random.pick(&[["no-new-privileges:true"], ["no-new-privileges"], ["no-new-privileges=true"]]),
        );
        all.set("restart", random.pick(&["unless-stopped", "on-failure", "always"]));
        if random.chance(60) {
            all.set("logging", map! { "driver": "local" });
        }
        if random.chance(70) {
            all.set("pids_limit", 100_i64);
        }
    }
    if random.chance(20) {
        all.set("cap_add", ["NET_BIND_SERVICE"]);
    }
    if random.chance(50) {
        all.set("deploy", map! { "resources": map! { "limits": map! { "memory": "256M", "cpus": "0.50" } } });
    } else {
        all.set("mem_limit", random.pick(&["256m", "1g", "512M"]));
        all.set("cpus", Value::Bare("0.5".to_owned()));
    }
    let variables = [
        ("LOG_LEVEL", "info"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/db_password"),
        ("DB_PASSWORD", "${DB_PASSWORD:?set it in .env}"),
        ("TOKEN_TTL", "3600"),
        ("PUBLIC_URL", "https://shop.example"),
    ];
    let chosen: Vec<_> = variables.into_iter().filter(|_| random.chance(40)).collect();
    if random.chance(50) {
        let text = chosen.iter().map(|(name, value)| Value::from(format!("{name}={value}")));
        all.set("environment", text.collect::<Vec<_>>());
    } else {
        let pairs = chosen.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        all.set("environment", Value::Map(pairs.collect()));
    }
    if random.chance(50) {
        let port = 8000 + random.below(1000);
        if random.chance(70) {
            all.set("ports", vec![Value::from(format!("127.0.0.1:{port}:8080"))]);
        } else {
            all.set(
                "ports",
                vec![map! { "target": 8080_i64, "published": port.to_string(), "host_ip": "127.0.0.1" }],
            );
        }
    } else if random.chance(50) {
        all.set("expose", ["8080"]);
    }
    let mut volumes = Vec::new();
    for volume in
        ["./settings:/etc/settings:ro", "/etc/localtime:/etc/localtime:ro", "./static:/srv/static:ro"]
    {
        if random.chance(30) {
            volumes.push(Value::from(volume));
        }
    }
    if random.chance(20) {
        volumes.push(map! { "type": "bind", "source": "./more", "target": "/more", "read_only": true });
    }
    if !volumes.is_empty() {
        all.set("volumes", volumes);
    }
    if random.chance(40) {
        all.set("tmpfs", ["/tmp"]);
    }
    if random.chance(50) {
        let test = ["CMD", "wget", "-qO-", "http://localhost:8080/health"];
        all.set("healthcheck", map! { "test": test, "interval": "30s", "timeout": "3s" });
    }
    all.set("networks", random.pick(&[["back"], ["front"]]));
    for (key, value) in [
        ("init", Value::from(true)),
        ("privileged", Value::from(false)),
        ("stop_grace_period", Value::from("20s")),
        ("labels", map! { "team": "blue", "traefik.enable": "true" }),
        ("hostname", Value::from(name)),
    ] {
        if random.chance(20) {
            all.set(key, value);
        }
    }
    if let Value::Map(pairs) = &mut all
        && random.chance(40)
    {
        random.shuffle(pairs);
    }
    all
}

fn write(project: &Project, random: &mut Random) -> Files {
    let mut top = project.top.clone();
    let mut services = map! {};
    for (name, service) in &project.services {
        let mut service = service.clone();
        if let (Some(_), Value::Map(pairs)) = (&project.shared, &mut service) {
            pairs.insert(0, ("<<".to_owned(), Value::Alias("defaults".to_owned())));
        }
        services.set(name, service);
    }
    let mut all = map! {};
    if let Some(shared) = &project.shared {
        all.set("x-defaults", Value::Anchor("defaults".to_owned(), Box::new(shared.clone())));
    }
    let first = random.chance(70);
    if first {
        all.set("services", services.clone());
    }
    if let Value::Map(pairs) = &mut top {
        for (key, value) in pairs {
            all.set(key, value.clone());
        }
    }
    if !first {
        all.set("services", services);
    }
    let name = random.pick(&["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]);
    vec![(name.to_owned(), Style::random(random).yaml(&[all], random))]
}

fn one<'p>(project: &'p mut Project, random: &mut Random) -> &'p mut Value {
    let place = random.below(project.services.len());
    &mut project.services[place].1
}

/// A setting that may stand with the service or where all take it over from.
fn setting<'p>(project: &'p mut Project, random: &mut Random, key: &str) -> Option<&'p mut Value> {
    if project.shared.as_ref().is_some_and(|shared| shared.get(key).is_some()) && random.chance(50) {
        return project.shared.as_mut();
    }
    Some(one(project, random))
}

fn option(project: &mut Project, random: &mut Random, option: &str) -> Option<()> {
    // A list of a service takes the place of the one that it would take over.
    let with = setting(project, random, "security_opt")?;
    with.list_at("security_opt").push(option.into());
    Some(())
}

fn capability(project: &mut Project, random: &mut Random, name: &str) -> Option<()> {
    one(project, random).list_at("cap_add").push(name.into());
    Some(())
}

fn bind(project: &mut Project, random: &mut Random, source: &str, target: &str) -> Option<()> {
    let volume = if random.chance(60) {
        Value::from(format!("{source}:{target}"))
    } else {
        map! { "type": "bind", "source": source, "target": target }
    };
    one(project, random).list_at("volumes").push(volume);
    Some(())
}

fn image(project: &mut Project, random: &mut Random, tag: &str) -> Option<()> {
    let service = one(project, random);
    let Some(Value::Text(image)) = service.get("image") else { return None };
    let name = image.split('@').next()?.split(':').next()?;
    let image = format!("{name}{tag}");
    service.set("image", image);
    Some(())
}

fn variable(project: &mut Project, random: &mut Random, name: &str, value: &str) -> Option<()> {
    match one(project, random).map_at("environment") {
        Value::List(items) => items.push(format!("{name}={value}").into()),
        pairs => pairs.set(name, value),
    }
    Some(())
}

fn set(project: &mut Project, random: &mut Random, key: &str, value: impl Into<Value>) -> Option<()> {
    one(project, random).set(key, value);
    Some(())
}

const FAULTS: &[Fault<Project>] = faults! {
    "privileged service", ["privileged-container"], |p, r| set(p, r, "privileged", true);
    "the host's processes", ["host-pid-namespace"], |p, r| set(p, r, "pid", "host");
    "the host's queues", ["host-ipc-namespace"], |p, r| set(p, r, "ipc", "host");
    "the host's name", ["host-uts-namespace"], |p, r| set(p, r, "uts", "host");
    "the host's users", ["host-user-namespace"], |p, r| set(p, r, "userns_mode", "host");
    "the host's network", ["host-network-namespace"], |p, r| { let it = one(p, r); it.remove("networks"); it.remove("ports"); it.set("network_mode", "host"); Some(()) };
    "the engine's socket in a service", ["engine-socket-mounted"], |p, r| bind(p, r, "/var/run/docker.sock", "/var/run/docker.sock");
    "the engine's socket to be read", ["engine-socket-mounted"], |p, r| { one(p, r).list_at("volumes").push("/var/run/docker.sock:/var/run/docker.sock:ro".into()); Some(()) };
    "the host's /etc in a service", ["dangerous-host-path"], |p, r| bind(p, r, "/etc", "/host/etc");
    "the whole host in a service", ["dangerous-host-path"], |p, r| bind(p, r, "/", "/host");
    "the keys of a person", ["readable-host-path", "dangerous-host-path", "key-agent-mounted"], |p, r| bind(p, r, "/root/.ssh", "/root/.ssh");
    "the agent of a person", ["key-agent-mounted"], |p, r| bind(p, r, "${SSH_AUTH_SOCK}", "/agent");
    "a volume of the host's", ["volume-of-host-path", "dangerous-host-path"], |p, r| { p.top.map_at("volumes").set("planted", map! { "driver_opts": map! { "type": "none", "o": "bind", "device": "/etc" } }); one(p, r).list_at("volumes").push("planted:/mnt".into()); Some(()) };
    "a port of all addresses", ["port-on-all-addresses"], |p, r| set(p, r, "ports", ["8088:8080"]);
    "a port that says all addresses", ["port-on-all-addresses"], |p, r| set(p, r, "ports", ["0.0.0.0:8088:8080"]);
    "a port in the long form", ["port-on-all-addresses"], |p, r| set(p, r, "ports", vec![map! { "target": 8080_i64, "published": "8088", "mode": "host" }]);
    "a database for everybody", ["data-service-published"], |p, r| set(p, r, "ports", ["5432:5432"]);
    "root by name", ["root-user"], |p, r| set(p, r, "user", "root");
    "root by number", ["root-user"], |p, r| set(p, r, "user", "0:0");
    "the group of the host's docker", ["root-group", "dangerous-group"], |p, r| set(p, r, "group_add", ["0"]);
    "no seccomp in a service", ["seccomp-unconfined"], |p, r| option(p, r, "seccomp:unconfined");
    "no seccomp, with =", ["seccomp-unconfined"], |p, r| option(p, r, "seccomp=unconfined");
    "no AppArmor in a service", ["mac-unconfined"], |p, r| option(p, r, "apparmor:unconfined");
    "no labels of SELinux", ["mac-unconfined"], |p, r| option(p, r, "label:disable");
    "SELinux lets a service do anything", ["mac-unconfined"], |p, r| { option(p, r, "label:level:s0:c1,c2")?; for (_, s) in &mut p.services { s.list_at("security_opt").push("label:type:spc_t".into()); } Some(()) };
    "paths of the system open", ["unmasked-paths"], |p, r| option(p, r, "systempaths=unconfined");
    "privileges can be gained in a service", ["privilege-escalation-allowed"], |p, r| setting(p, r, "security_opt")?.remove("security_opt");
    "privileges are said to be gained", ["privilege-escalation-allowed"], |p, r| set(p, r, "security_opt", ["no-new-privileges:false"]);
    "SYS_ADMIN in a service", ["dangerous-capability"], |p, r| capability(p, r, "SYS_ADMIN");
    "every capability of a service", ["dangerous-capability"], |p, r| capability(p, r, "ALL");
    "NET_ADMIN in a service", ["added-capability"], |p, r| capability(p, r, "NET_ADMIN");
    "SYS_MODULE in a service", ["dangerous-capability"], |p, r| capability(p, r, "CAP_SYS_MODULE");
    "capabilities kept in a service", ["capabilities-not-dropped"], |p, r| setting(p, r, "cap_drop")?.remove("cap_drop");
    "root of a service can be written", ["writable-root"], |p, r| setting(p, r, "read_only")?.remove("read_only");
    "latest in a service", ["latest-image"], |p, r| image(p, r, ":latest");
    "no tag in a service", ["latest-image"], |p, r| image(p, r, "");
    "no memory limit of a service", ["memory-unlimited"], |p, r| { let it = one(p, r); it.remove("deploy").or(it.remove("mem_limit")) };
    "no limit of CPU of a service", ["cpu-unlimited"], |p, r| { let it = one(p, r); match it.get_mut("deploy") { Some(deploy) => deploy.map_at("resources").map_at("limits").remove("cpus"), None => it.remove("cpus") } };
    "no limit of processes", ["pids-unlimited"], |p, r| setting(p, r, "pids_limit")?.remove("pids_limit");
    "any number of processes", ["pids-unlimited"], |p, r| { setting(p, r, "pids_limit")?.get("pids_limit")?; for (_, s) in &mut p.services { s.set("pids_limit", -1_i64); } Some(()) };
    "a password of a service", ["secret-in-container"], |p, r| { let password = r.password(); variable(p, r, "POSTGRES_PASSWORD", &password) };
    "a token of a service", ["secret-in-container", "secret-in-source"], |p, r| { let token = r.token(); variable(p, r, "GITHUB_TOKEN", &token) };
    "a password in the URL of a service", ["secret-in-container"], |p, r| { let url = format!("amqp://shop:{}@queue:5672/", r.password()); variable(p, r, "BROKER_URL", &url) };
    "a password in a label", ["secret-in-label"], |p, r| { let password = r.password(); one(p, r).map_at("labels").set("db.password", password); Some(()) };
    "a password in a command", ["secret-in-container"], |p, r| { let command = format!("server --port 8080 --admin-password {}", r.password()); set(p, r, "command", command) };
    "no log of a service", ["log-driver-none"], |p, r| set(p, r, "logging", map! { "driver": "none" });
    "a log without end", ["unrotated-container-log"], |p, r| set(p, r, "logging", map! { "driver": "json-file" });
    "the memory of the host", ["dangerous-device"], |p, r| set(p, r, "devices", ["/dev/mem:/dev/mem"]);
    "a disk of the host", ["dangerous-device"], |p, r| set(p, r, "devices", ["/dev/sda:/dev/xvda:rwm"]);
    "every device", ["dangerous-device"], |p, r| set(p, r, "device_cgroup_rules", ["a *:* rwm"]);
    "a sysctl in a service", ["unsafe-sysctl"], |p, r| { if r.chance(50) { set(p, r, "sysctls", ["net.ipv4.conf.all.accept_redirects=1"]) } else { set(p, r, "sysctls", map! { "net.ipv4.conf.all.accept_redirects": 1_i64 }) } };
    "a limit taken away", ["ulimit-removed"], |p, r| set(p, r, "ulimits", map! { "core": -1_i64 });
    "a control group of its own", ["own-cgroup-parent"], |p, r| set(p, r, "cgroup_parent", "/system.slice");
    "mounts of a service go back", ["shared-mount-propagation"], |p, r| { one(p, r).list_at("volumes").push("/srv/data:/data:rshared".into()); Some(()) };
    "programs from memory", ["executable-tmpfs"], |p, r| set(p, r, "tmpfs", ["/tmp:exec,size=64m"]);
    "logs of the host", ["host-log-directory-writable"], |p, r| bind(p, r, "/var/log", "/logs");
    "an SSH server in a service", ["ssh-server"], |p, r| set(p, r, "ports", ["127.0.0.1:2222:22"]);
    "an image that is never fetched", ["image-never-pulled"], |p, r| { for (_, s) in &mut p.services { if matches!(s.get("image"), Some(Value::Text(image)) if image.contains('@')) { return None; } } set(p, r, "pull_policy", "never") };
};

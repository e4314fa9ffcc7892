//! Pods in all the things that hold them.

use super::yaml::{Style, Value, json, map};
use super::{Fault, Files, Ordinary, Random, faults, with_faults};

/// A workload of Kubernetes and what lies beside it in its file.
#[derive(Clone)]
pub(crate) struct Pod {
    kind: &'static str,
    name: String,
    namespace: String,
    annotations: Value,
    spec: Value,
    beside: Vec<Value>,
}

pub(crate) fn all(random: &mut Random, count: usize) -> Vec<Ordinary> {
    with_faults(random, count, FAULTS, compose, write)
}

const KINDS: &[&str] =
    &["Deployment", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"];

fn compose(random: &mut Random) -> Pod {
    let kind = random.pick(KINDS);
    let name = random.pick(&["cart", "checkout", "search-api", "mailer", "ledger", "thumbnails", "importer"]);
    let namespace = random.pick(&["shop", "payments", "team-blue", "data-platform"]);
    let user = random.pick(&[65532_i64, 10001, 1000, 101, 999]);
    let at_pod = random.chance(60);

    let mut security = map! {};
    if at_pod {
        security.set("runAsNonRoot", true);
    }
    let user_at_pod = random.chance(60);
    if user_at_pod {
        security.set("runAsUser", user);
        if random.chance(50) {
            security.set("runAsGroup", user);
        }
    }
    if random.chance(30) {
        security.set("fsGroup", user);
    }
    let filter_at_pod = random.chance(60);
    if filter_at_pod {
        security.set("seccompProfile", map! { "type": "RuntimeDefault" });
    }

    let count = random.pick(&[1, 1, 1, 2, 3]);
    let mut containers = Vec::new();
    for place in 0..count {
        let name = if place == 0 { name } else { random.pick(&["metrics", "proxy", "log-shipper"]) };
        let name = if place == 2 { format!("{name}-2") } else { name.to_owned() };
        let mut own = map! {};
        if !at_pod || random.chance(20) {
            own.set("runAsNonRoot", true);
        }
        if !user_at_pod {
            own.set("runAsUser", user);
        }
        if !filter_at_pod {
            own.set("seccompProfile", map! { "type": "RuntimeDefault" });
        }
        containers.push(container(&name, own, random));
    }
    let mut spec = map! {};
    if random.chance(80) {
        spec.set("serviceAccountName", name);
    }
    spec.set("automountServiceAccountToken", false);
    if matches!(kind, "Job" | "CronJob") {
        spec.set("restartPolicy", random.pick(&["Never", "OnFailure"]));
    }
    for (key, value) in [
        ("terminationGracePeriodSeconds", Value::from(30_i64)),
        ("enableServiceLinks", Value::from(false)),
        ("hostNetwork", Value::from(false)),
        ("priorityClassName", Value::from("standard")),
        ("nodeSelector", map! { "kubernetes.io/os": "linux" }),
        ("imagePullSecrets", Value::from(vec![map! { "name": "registry" }])),
        (
            "tolerations",
            Value::from(vec![map! { "key": "dedicated", "operator": "Exists", "effect": "NoSchedule" }]),
        ),
        ("dnsConfig", map! { "options": vec![map! { "name": "ndots", "value": "2" }] }),
    ] {
        if random.chance(18) {
            spec.set(key, value);
        }
    }
    if !matches!(&security, Value::Map(pairs) if pairs.is_empty()) {
        spec.set("securityContext", security);
    }
    if random.chance(25) {
        let mut own = map! { "runAsNonRoot": true, "runAsUser": user };
        own.set("seccompProfile", map! { "type": "RuntimeDefault" });
        spec.set("initContainers", Value::from(vec![container("wait-for-it", own, random)]));
    }
    spec.set("containers", Value::from(containers));
    let mut volumes = vec![map! { "name": "tmp", "emptyDir": map! { "sizeLimit": "32Mi" } }];
    volumes.push(map! { "name": "settings", "configMap": map! { "name": format!("{name}-settings") } });
    if random.chance(20) {
        let path = random.pick(&["/etc/localtime", "/usr/share/zoneinfo"]);
        let key = if random.chance(50) { "File" } else { "" };
        volumes.push(match (path, key) {
            ("/etc/localtime", "File") => {
                map! { "name": "time", "hostPath": map! { "path": path, "type": "File" } }
            }
            _ => map! { "name": "time", "hostPath": map! { "path": path } },
        });
    }
    spec.set("volumes", Value::from(volumes));
    if volumes_have(&spec, "time") {
        for container in spec.get_mut("containers").unwrap().items() {
            container
                .list_at("volumeMounts")
                .push(map! { "name": "time", "mountPath": "/usr/share/host-time", "readOnly": true });
        }
    }

    let mut annotations = map! {};
    if random.chance(40) {
        annotations.set("checksum/config", random.digest().split_off(7));
    }
    if random.chance(30) {
        annotations.set("prometheus.io/scrape", "true");
    }
    let pod =
        Pod { kind, name: name.into(), namespace: namespace.into(), annotations, spec, beside: Vec::new() };
    let beside = beside(&pod, random);
    Pod { beside, ..pod }
}

fn volumes_have(spec: &Value, name: &str) -> bool {
    let Some(Value::List(volumes)) = spec.get("volumes") else { return false };
    volumes.iter().any(|volume| volume.get("name") == Some(&Value::from(name)))
}

fn container(name: &str, own: Value, random: &mut Random) -> Value {
    let mut security = own;
    security.set("allowPrivilegeEscalation", false);
    if random.chance(85) {
        security.set("readOnlyRootFilesystem", true);
    }
    if random.chance(30) {
        security.set("privileged", false);
    }
    let mut capabilities = map! { "drop": ["ALL"] };
    if random.chance(15) {
        capabilities.set("add", ["NET_BIND_SERVICE"]);
    }
    if random.chance(85) {
        security.set("capabilities", capabilities);
    }
    if let Value::Map(pairs) = &mut security {
        random.shuffle(pairs);
    }
    let repository =
        random.pick(&["registry.shop.example/team", "ghcr.io/shop-example", "quay.io/shop-example"]);
    let tag = random.pick(&["1.4.2", "v2.0.1", "2026-10-01", "3.11-slim"]);
    let image = match random.below(3) {
        0 => format!("{repository}/{name}@{}", random.digest()),
        1 => format!("{repository}/{name}:{tag}@{}", random.digest()),
        _ => format!("{repository}/{name}:{tag}"),
    };
    let mut all = map! { "name": name, "image": image };
    if random.chance(40) {
        all.set("imagePullPolicy", random.pick(&["IfNotPresent", "Always"]));
    }
    if random.chance(30) {
        all.set("args", ["--config=/etc/settings/app.yaml", "--log-format=json", "--token-ttl=3600"]);
    }
    if random.chance(60) {
        all.set(
            "ports",
            vec![map! { "name": "http", "containerPort": random.pick(&[8080_i64, 3000, 9102]) }],
        );
    }
    let mut env = vec![map! { "name": "LOG_LEVEL", "value": "info" }];
    let secret = map! { "secretKeyRef": map! { "name": "database", "key": "password" } };
    for variable in [
        map! { "name": "DB_PASSWORD", "valueFrom": secret },
        map! { "name": "DB_PASSWORD_FILE", "value": "/run/secrets/db/password" },
        map! { "name": "TOKEN_TTL_SECONDS", "value": "3600" },
        map! { "name": "PGHOST", "value": "postgres.data.svc.cluster.local" },
        map! { "name": "SECRET_NAME", "value": "database" },
        map! { "name": "API_KEY", "value": "$(API_KEY_FROM_VAULT)" },
        map! { "name": "POD_IP", "valueFrom": map! { "fieldRef": map! { "fieldPath": "status.podIP" } } },
    ] {
        if random.chance(25) {
            env.push(variable);
        }
    }
    all.set("env", env);
    if random.chance(20) {
        all.set("envFrom", vec![map! { "secretRef": map! { "name": "app" } }]);
    }
    let memory = random.pick(&["128Mi", "1Gi", "256M", "0.5Gi"]);
    let mut limits = map! { "memory": memory };
    if random.chance(80) {
        limits.set("cpu", random.pick(&["500m", "1", "0.5"]));
    }
    let mut resources = map! { "limits": limits };
    if random.chance(60) {
        resources.set("requests", map! { "cpu": "100m", "memory": "64Mi" });
    }
    all.set("resources", resources);
    if random.chance(50) && name != "wait-for-it" {
        all.set("livenessProbe", map! { "httpGet": map! { "path": "/healthz", "port": 8080_i64 } });
    }
    all.set("securityContext", security);
    all.set(
        "volumeMounts",
        vec![
            map! { "name": "tmp", "mountPath": "/tmp" },
            map! { "name": "settings", "mountPath": "/etc/settings", "readOnly": true },
        ],
    );
    if random.chance(30)
        && let Value::Map(pairs) = &mut all
    {
        pairs.sort();
    }
    all
}

/// Does it drop every capability, and use nothing of its node?
fn keeps_the_standard(spec: &Value) -> bool {
    let drops = |of: &str| match spec.get(of) {
        Some(Value::List(all)) => {
            all.iter().all(|c| c.get("securityContext").is_some_and(|own| own.get("capabilities").is_some()))
        }
        _ => true,
    };
    drops("containers") && drops("initContainers") && !volumes_have(spec, "time")
}

/// What people put beside a workload; above all what makes its namespace a closed one.
fn beside(pod: &Pod, random: &mut Random) -> Vec<Value> {
    let meta = |name: &str| map! { "name": name, "namespace": pod.namespace.clone() };
    let mut all = Vec::new();
    // Who enforces the standard has pods that keep it.
    if random.chance(50) && keeps_the_standard(&pod.spec) {
        let mut label = map! { "pod-security.kubernetes.io/enforce": "restricted" };
        if random.chance(50) {
            label.set("team", "blue");
        }
        all.push(map! {
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": map! { "name": pod.namespace.clone(), "labels": label },
        });
    }
    if random.chance(50) {
        all.push(map! {
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(&pod.name),
            "automountServiceAccountToken": false,
        });
    }
    if random.chance(50) && !matches!(pod.kind, "Job" | "CronJob") {
        let ports = vec![map! { "port": 80_i64, "targetPort": "http" }];
        all.push(map! {
            "apiVersion": "v1", "kind": "Service", "metadata": meta(&pod.name),
            "spec": map! { "selector": map! { "app": pod.name.clone() }, "ports": ports },
        });
    }
    if random.chance(30) {
        all.push(map! {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(&format!("{}-settings", pod.name)),
            "data": map! { "app.yaml": "listen: 8080\nlog: json\n", "password_policy": "strong" },
        });
    }
    let policies: &[&[&str]] =
        if random.chance(60) { &[&["Ingress", "Egress"]] } else { &[&["Ingress"], &["Egress"]] };
    for types in policies {
        let types: Vec<Value> = types.iter().map(|name| Value::from(*name)).collect();
        let name = if types.len() == 2 { "default-deny".to_owned() } else { format!("deny-{:?}", types[0]) };
        let name: String =
            name.to_lowercase().chars().filter(|c| c.is_ascii_lowercase() || *c == '-').collect();
        all.push(map! {
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta(&name),
            "spec": map! { "podSelector": map! {}, "policyTypes": types },
        });
    }
    all
}

fn write(pod: &Pod, random: &mut Random) -> Files {
    let labels = map! { "app": pod.name.clone() };
    let mut inner = map! { "labels": labels.clone() };
    if !matches!(&pod.annotations, Value::Map(pairs) if pairs.is_empty()) {
        inner.set("annotations", pod.annotations.clone());
    }
    let meta =
        map! { "name": pod.name.clone(), "namespace": pod.namespace.clone(), "labels": labels.clone() };
    let template = map! { "metadata": inner.clone(), "spec": pod.spec.clone() };
    let selector = map! { "matchLabels": labels };
    let (version, meta, spec) = match pod.kind {
        "Pod" => {
            let mut meta = meta;
            if let Some(annotations) = inner.get("annotations") {
                meta.set("annotations", annotations.clone());
            }
            ("v1", meta, pod.spec.clone())
        }
        "Job" => (
            "batch/v1",
            meta,
            map! { "activeDeadlineSeconds": 600_i64, "backoffLimit": 2_i64, "template": template },
        ),
        "CronJob" => {
            let job = map! { "spec": map! { "activeDeadlineSeconds": 600_i64, "template": template } };
            (
                "batch/v1",
                meta,
                map! { "schedule": "*/10 * * * *", "concurrencyPolicy": "Forbid", "jobTemplate": job },
            )
        }
        "DaemonSet" => ("apps/v1", meta, map! { "selector": selector, "template": template }),
        "StatefulSet" => (
            "apps/v1",
            meta,
            map! { "serviceName": pod.name.clone(), "replicas": 2_i64, "selector": selector, "template": template },
        ),
        _ => ("apps/v1", meta, map! { "replicas": 2_i64, "selector": selector, "template": template }),
    };
    let workload = map! { "apiVersion": version, "kind": pod.kind, "metadata": meta, "spec": spec };
    let mut documents = pod.beside.clone();
    documents.insert(if random.chance(50) { 0 } else { documents.len() }, workload);
    let style = Style::random(random);
    let list = |items: Vec<Value>| map! { "apiVersion": "v1", "kind": "List", "items": items };
    match random.below(10) {
        0 => vec![("all.json".to_owned(), json(&list(documents), random))],
        1 => vec![("all.yaml".to_owned(), style.yaml(&[list(documents)], random))],
        2 | 3 => {
            let number = |(place, document): (usize, &Value)| {
                let kind = match document.get("kind") {
                    Some(Value::Text(kind)) => kind.to_lowercase(),
                    _ => String::new(),
                };
                (format!("{place:02}-{kind}.yml"), style.yaml(std::slice::from_ref(document), random))
            };
            documents.iter().enumerate().map(number).collect()
        }
        _ => vec![(
            random.pick(&["app.yaml", "deploy.yml", "manifests/app.yaml"]).to_owned(),
            style.yaml(&documents, random),
        )],
    }
}

/// One of the containers.
fn one<'p>(pod: &'p mut Pod, random: &mut Random) -> &'p mut Value {
    let containers = pod.spec.get_mut("containers").unwrap().items();
    let place = random.below(containers.len());
    &mut containers[place]
}

fn security<'p>(pod: &'p mut Pod, random: &mut Random) -> &'p mut Value {
    one(pod, random).map_at("securityContext")
}

fn capability(pod: &mut Pod, random: &mut Random, name: &str) -> Option<()> {
    let capabilities = security(pod, random).map_at("capabilities");
    capabilities.list_at("add").push(name.into());
    Some(())
}

fn host_path(pod: &mut Pod, random: &mut Random, path: &str, read_only: bool) -> Option<()> {
    let mut volume = map! { "path": path };
    if random.chance(40) {
        volume.set("type", if path.ends_with(".sock") { "Socket" } else { "Directory" });
    }
    pod.spec.list_at("volumes").push(map! { "name": "node", "hostPath": volume });
    let target = if random.chance(50) { path } else { "/mnt/node" };
    let mut mount = map! { "name": "node", "mountPath": target };
    if read_only {
        mount.set("readOnly", true);
    }
    one(pod, random).list_at("volumeMounts").push(mount);
    Some(())
}

/// The same change of the pod's own security context and of each container's.
fn everywhere(pod: &mut Pod, change: &mut dyn FnMut(&mut Value) -> bool) -> Option<()> {
    let mut changed = false;
    if let Some(own) = pod.spec.get_mut("securityContext") {
        changed |= change(own);
    }
    for container in pod.spec.get_mut("containers").unwrap().items() {
        if let Some(own) = container.get_mut("securityContext") {
            changed |= change(own);
        }
    }
    changed.then_some(())
}

fn image(pod: &mut Pod, random: &mut Random, tag: &str) -> Option<()> {
    let container = one(pod, random);
    let Some(Value::Text(image)) = container.get("image") else { return None };
    let image = image.split('@').next()?;
    let slash = image.rfind('/')?;
    let name = image.rfind(':').filter(|colon| *colon > slash).map_or(image, |colon| &image[..colon]);
    let image = format!("{name}{tag}");
    container.set("image", image);
    Some(())
}

const FAULTS: &[Fault<Pod>] = faults! {
    "privileged", ["privileged-container"], |p, r| { security(p, r).set("privileged", true); security(p, r).remove("allowPrivilegeEscalation"); Some(()) };
    "privileges can be gained", ["privilege-escalation-allowed"], |p, r| { security(p, r).set("allowPrivilegeEscalation", true); Some(()) };
    "nothing said of privileges", ["privilege-escalation-allowed"], |p, r| security(p, r).remove("allowPrivilegeEscalation");
    "root can be written", ["writable-root"], |p, r| security(p, r).remove("readOnlyRootFilesystem");
    "root is said to be writable", ["writable-root"], |p, r| { let own = security(p, r); own.get("readOnlyRootFilesystem")?; own.set("readOnlyRootFilesystem", false); Some(()) };
    "SYS_ADMIN", ["dangerous-capability"], |p, r| capability(p, r, "SYS_ADMIN");
    "SYS_PTRACE with its prefix", ["dangerous-capability"], |p, r| capability(p, r, "CAP_SYS_PTRACE");
    "SYS_MODULE", ["dangerous-capability"], |p, r| capability(p, r, "SYS_MODULE");
    "every capability", ["dangerous-capability"], |p, r| { security(p, r).set("capabilities", map! { "add": ["ALL"] }); Some(()) };
    "NET_ADMIN", ["added-capability"], |p, r| capability(p, r, "NET_ADMIN");
    "BPF", ["added-capability", "dangerous-capability"], |p, r| capability(p, r, "BPF");
    "capabilities kept", ["capabilities-not-dropped"], |p, r| security(p, r).remove("capabilities");
    "one capability dropped of many", ["capabilities-not-dropped"], |p, r| { let own = security(p, r); own.get("capabilities")?; own.set("capabilities", map! { "drop": ["NET_RAW"] }); Some(()) };
    "hostPID", ["host-pid-namespace"], |p, _r| { p.spec.set("hostPID", true); Some(()) };
    "hostIPC", ["host-ipc-namespace"], |p, _r| { p.spec.set("hostIPC", true); Some(()) };
    "hostNetwork", ["host-network-namespace"], |p, _r| { p.spec.set("hostNetwork", true); Some(()) };
    "no seccomp in a container", ["seccomp-unconfined"], |p, r| { security(p, r).set("seccompProfile", map! { "type": "Unconfined" }); Some(()) };
    "no seccomp in the pod", ["seccomp-unconfined"], |p, _r| everywhere(p, &mut |own| own.remove("seccompProfile").is_some());
    "a container by user 0", ["root-user"], |p, r| { let own = security(p, r); own.remove("runAsNonRoot"); own.set("runAsUser", 0_i64); let pod = p.spec.map_at("securityContext"); pod.remove("runAsNonRoot"); Some(()) };
    "nobody says who", ["root-user"], |p, _r| everywhere(p, &mut |own| { let user = own.remove("runAsUser"); own.remove("runAsNonRoot").or(user).is_some() });
    "root may be", ["root-user"], |p, _r| everywhere(p, &mut |own| { own.remove("runAsUser"); own.get("runAsNonRoot").is_some() && { own.set("runAsNonRoot", false); true } });
    "the group of root", ["root-group"], |p, _r| { p.spec.map_at("securityContext").set("runAsGroup", 0_i64); Some(()) };
    "the group of root among others", ["root-group"], |p, _r| { p.spec.map_at("securityContext").set("supplementalGroups", vec![Value::from(2000_i64), Value::from(0_i64)]); Some(()) };
    "latest", ["latest-image"], |p, r| image(p, r, ":latest");
    "no tag", ["latest-image"], |p, r| image(p, r, "");
    "a tag for a digest", ["mutable-image"], |p, r| { let pinned = matches!(p.spec.get("containers"), Some(Value::List(all)) if all.iter().all(|c| matches!(c.get("image"), Some(Value::Text(i)) if i.contains('@')))); if !pinned { return None } image(p, r, ":1.4") };
    "the engine's socket", ["engine-socket-mounted"], |p, r| host_path(p, r, "/var/run/docker.sock", false);
    "containerd's socket to be read", ["engine-socket-mounted"], |p, r| host_path(p, r, "/run/containerd/containerd.sock", true);
    "the folder of the engine's socket", ["engine-socket-mounted", "dangerous-host-path"], |p, r| host_path(p, r, "/var/run", false);
    "the whole host", ["dangerous-host-path"], |p, r| host_path(p, r, "/", false);
    "the host's /etc", ["dangerous-host-path"], |p, r| host_path(p, r, "/etc", false);
    "the kubelet's folder", ["dangerous-host-path"], |p, r| host_path(p, r, "/var/lib/kubelet", false);
    "the host's /proc", ["dangerous-host-path", "readable-host-path"], |p, r| host_path(p, r, "/proc", false);
    "the whole host to be read", ["readable-host-path", "dangerous-host-path"], |p, r| host_path(p, r, "/", true);
    "the host's logs", ["host-log-directory-writable"], |p, r| host_path(p, r, "/var/log", false);
    "mounts go back to the host", ["shared-mount-propagation"], |p, r| { host_path(p, r, "/srv/data", false)?; for c in p.spec.get_mut("containers")?.items() { for m in c.list_at("volumeMounts") { if m.get("name") == Some(&"node".into()) { m.set("mountPropagation", "Bidirectional"); } } } Some(()) };
    "paths of /proc open", ["unmasked-paths"], |p, r| { security(p, r).set("procMount", "Unmasked"); Some(()) };
    "a sysctl of the host", ["unsafe-sysctl"], |p, _r| { p.spec.map_at("securityContext").set("sysctls", vec![map! { "name": "kernel.msgmax", "value": "65536" }]); Some(()) };
    "no limit of memory", ["memory-unlimited"], |p, r| one(p, r).map_at("resources").map_at("limits").remove("memory");
    "no limit of CPU", ["cpu-unlimited"], |p, r| one(p, r).map_at("resources").map_at("limits").remove("cpu");
    "no limits", ["memory-unlimited"], |p, r| one(p, r).remove("resources");
    "a token in the environment", ["secret-in-container", "secret-in-source"], |p, r| { let token = r.token(); one(p, r).list_at("env").push(map! { "name": "GITHUB_TOKEN", "value": token }); Some(()) };
    "a password in the environment", ["secret-in-container"], |p, r| { let password = r.password(); let env = one(p, r).list_at("env"); if env.iter().any(|v| v.get("name") == Some(&"DB_PASSWORD".into())) { return None } env.push(map! { "name": "DB_PASSWORD", "value": password }); Some(()) };
    "a password in a URL", ["secret-in-container"], |p, r| { let password = r.password(); one(p, r).list_at("env").push(map! { "name": "DATABASE_URL", "value": format!("postgres://shop:{password}@db.data.svc:5432/shop") }); Some(()) };
    "a password in an argument", ["secret-in-container"], |p, r| { let password = r.password(); one(p, r).list_at("args").push(format!("--db-password={password}").into()); Some(()) };
    "a token in an annotation", ["secret-in-label", "secret-in-source"], |p, r| { let token = r.token(); p.annotations.set("ci.shop.example/token", token); Some(()) };
    "a token for the API", ["token-automount"], |p, _r| { p.spec.set("automountServiceAccountToken", true); Some(()) };
    "no AppArmor", ["mac-unconfined"], |p, r| { security(p, r).set("appArmorProfile", map! { "type": "Unconfined" }); Some(()) };
    "no AppArmor, as it was said before", ["mac-unconfined"], |p, _r| { let Some(Value::List(all)) = p.spec.get("containers") else { return None }; let Some(Value::Text(name)) = all[0].get("name") else { return None }; let key = format!("container.apparmor.security.beta.kubernetes.io/{name}"); p.annotations.set(&key, "unconfined"); Some(()) };
    "a token for a year", ["long-lived-token"], |p, r| { p.spec.list_at("volumes").push(map! { "name": "token", "projected": map! { "sources": vec![map! { "serviceAccountToken": map! { "path": "token", "audience": "vault", "expirationSeconds": 31_536_000_i64 } }] } }); one(p, r).list_at("volumeMounts").push(map! { "name": "token", "mountPath": "/run/token" }); Some(()) };
    "SELinux lets it do anything", ["mac-unconfined"], |p, r| { security(p, r).set("seLinuxOptions", map! { "level": "s0:c1,c2", "type": "spc_t" }); Some(()) };
    "a port of each node", ["port-on-all-addresses"], |p, r| { one(p, r).set("ports", vec![map! { "containerPort": 8080_i64, "hostPort": 8080_i64 }]); Some(()) };
    "an SSH server", ["ssh-server"], |p, r| { one(p, r).set("command", ["/usr/sbin/sshd", "-D", "-e"]); Some(()) };
    "an image that nobody fetches", ["image-never-pulled"], |p, r| { image(p, r, ":1.4")?; for c in p.spec.get_mut("containers")?.items() { c.set("imagePullPolicy", "Never"); } Some(()) };
    "no policy for the network", ["no-default-deny-ingress", "no-default-deny-egress"], |p, _r| { p.beside.retain(|it| it.get("kind") != Some(&"NetworkPolicy".into())); Some(()) };
    "a disk of any size", ["disk-unlimited"], |p, _r| { for volume in p.spec.list_at("volumes") { if volume.get("emptyDir").is_some() { volume.set("emptyDir", map! {}); } } Some(()) };
};

//! A real engine: what is read from it, held against what the docker client and /proc say.
//!
//! The engine is the one whose socket `TYRIAN_LAB_DOCKER` names (`lab/docker up`, `lab/images`, `lab/zoo up`).
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::process::Command;
use tyrian_collect::docker::{Endpoint, Limits, collect, save};
use tyrian_model::workload::CAPABILITIES;
use tyrian_read::engine;
use tyrian_read::secrets::Key;

/// The lab's engine.
fn lab(test: &str) -> Option<Endpoint> {
    tyrian_lab::docker(test).map(|docker| Endpoint::Unix(docker.socket))
}

/// All facts as JSON, of the world `engine`.
fn facts(endpoint: &Endpoint) -> Value {
    let collected = collect(endpoint, &Limits::default()).unwrap();
    assert_eq!(collected.remarks, [], "nothing ended meanwhile, and every process is seen");
    let facts = engine::facts("engine", &collected.answers, &Key([7; 32]));
    serde_json::to_value(facts).unwrap()["engine"].take()
}

fn docker(endpoint: &Endpoint, arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .env("DOCKER_HOST", endpoint.address())
        .env_remove("DOCKER_CONTEXT")
        .output()
        .unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The containers of the zoo, also those that do not run.
fn zoo(endpoint: &Endpoint) -> Vec<String> {
    let names = docker(endpoint, &["ps", "-a", "--format", "{{.Names}}", "--filter", "name=^/?zoo-"]);
    let names: Vec<String> = names.lines().map(str::to_owned).collect();
    assert!(names.len() >= 14, "the zoo is not up (lab/zoo up): {names:?}");
    names
}

fn inspect(endpoint: &Endpoint, name: &str, template: &str) -> String {
    docker(endpoint, &["inspect", "-f", template, name])
}

fn container<'a>(facts: &'a Value, name: &str) -> &'a Value {
    let it = &facts["workloads"]["rows"][format!("container:{name}")]["containers"]["rows"][""];
    assert!(it.is_object(), "{name} was not read");
    it
}

/// The value of a fact, which is no gap.
fn is<'a>(facts: &'a Value, what: &str) -> &'a Value {
    facts[what].get("is").unwrap_or_else(|| panic!("{what} is a gap: {}", facts[what]))
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn declared_facts_are_those_of_the_docker_client() {
    let Some(endpoint) = lab("declared_facts_are_those_of_the_docker_client") else { return };
    let facts = facts(&endpoint);
    for name in zoo(&endpoint) {
        let it = container(&facts, &name);
        let declared = &it["declared"];
        let says = |template: &str| inspect(&endpoint, &name, template);
        assert_eq!(is(declared, "privileged").to_string(), says("{{.HostConfig.Privileged}}"), "{name}");
        assert_eq!(
            is(declared, "read_only_root").to_string(),
            says("{{.HostConfig.ReadonlyRootfs}}"),
            "{name}"
        );
        let limit = |fact: &str| is(declared, fact).as_u64().unwrap_or(0);
        assert_eq!(limit("memory_limit").to_string(), says("{{.HostConfig.Memory}}"), "{name}");
        let pids = says("{{if .HostConfig.PidsLimit}}{{.HostConfig.PidsLimit}}{{else}}0{{end}}");
        assert_eq!(limit("pids_limit").to_string(), pids, "{name}");
        assert_eq!((limit("cpu_limit") * 1_000_000).to_string(), says("{{.HostConfig.NanoCpus}}"), "{name}");
        let user = says("{{.Config.User}}");
        let user = user.split(':').next().unwrap();
        let id = is(declared, "user")["id"].to_string();
        assert_eq!(id, if user.is_empty() { "0" } else { user }, "{name}");
        let shared = texts(is(declared, "host_namespaces"));
        for (mode, namespace) in [
            ("NetworkMode", "net"),
            ("PidMode", "pid"),
            ("IpcMode", "ipc"),
            ("UTSMode", "uts"),
            ("CgroupnsMode", "cgroup"),
        ] {
            let host = says(&format!("{{{{.HostConfig.{mode}}}}}")) == "host";
            assert_eq!(shared.contains(namespace), host, "{name}: {mode}");
        }
        let options = says("{{json .HostConfig.SecurityOpt}}");
        assert_eq!(is(declared, "no_new_privileges"), options.contains("no-new-privileges"), "{name}");
        let seccomp = is(declared, "seccomp");
        let expected = if options.contains("seccomp={") {
            "custom"
        } else if options.contains("seccomp=unconfined") || is(declared, "privileged") == true {
            "unconfined"
        } else {
            "runtime_default"
        };
        assert!(seccomp == expected || seccomp.get(expected).is_some(), "{name}: {seccomp}");
        let mounts: BTreeSet<&str> = is(declared, "mounts")
            .as_array()
            .unwrap()
            .iter()
            .map(|mount| mount["target"].as_str().unwrap())
            .collect();
        let listed = says(
            "{{range .Mounts}}{{.Destination}} {{end}}{{range $k, $v := .HostConfig.Tmpfs}}{{$k}} {{end}}",
        );
        assert_eq!(mounts, listed.split_whitespace().collect(), "{name}");
        let devices = says("{{range .HostConfig.Devices}}{{.PathOnHost}} {{end}}");
        assert_eq!(texts(is(declared, "devices")), devices.split_whitespace().collect(), "{name}");
        assert_eq!(is(it, "log_driver").as_str().unwrap(), says("{{.HostConfig.LogConfig.Type}}"), "{name}");
        let options = says("{{range $k, $v := .HostConfig.LogConfig.Config}}{{$k}}={{$v}} {{end}}");
        let kept = is(it, "log_options").as_object().unwrap();
        let kept: BTreeSet<String> =
            kept.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap())).collect();
        assert_eq!(kept, options.split_whitespace().map(str::to_owned).collect(), "{name}");
        let restart = says(
            "{{.HostConfig.RestartPolicy.Name}}{{if .HostConfig.RestartPolicy.MaximumRetryCount}}:\
             {{.HostConfig.RestartPolicy.MaximumRetryCount}}{{end}}",
        );
        assert_eq!(is(it, "restart").as_str().unwrap(), restart, "{name}");
        assert_eq!(
            is(it, "health_check").to_string(),
            says("{{if .Config.Healthcheck}}true{{else}}false{{end}}"),
            "{name}"
        );
        assert_eq!(is(it, "image")["written"].as_str().unwrap(), says("{{.Config.Image}}"), "{name}");
        let running = says("{{.State.Running}}") == "true";
        match is(it, "started").as_i64() {
            Some(seconds) => {
                let date = Command::new("date")
                    .args(["-ud", &says("{{.State.StartedAt}}"), "+%s"])
                    .output()
                    .unwrap();
                assert_eq!(String::from_utf8(date.stdout).unwrap().trim(), seconds.to_string(), "{name}");
            }
            None => assert!(!running, "{name}"),
        }
        let ports = is(it, "ports").as_array().unwrap().iter();
        let ports: BTreeSet<String> = ports
            .map(|port| {
                let address = port["address"].as_str().unwrap();
                let address = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
                let protocol = port["protocol"].as_str().unwrap();
                format!("{}/{protocol} -> {address}:{}", port["container"], port["host"])
            })
            .collect();
        assert_eq!(ports, docker(&endpoint, &["port", &name]).lines().map(str::to_owned).collect(), "{name}");
        let networks = says("{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}");
        let workload = &facts["workloads"]["rows"][format!("container:{name}")];
        assert_eq!(texts(is(workload, "networks")), networks.split_whitespace().collect(), "{name}");
    }
}

#[test]
fn observed_facts_are_those_of_the_kernel() {
    let Some(endpoint) = lab("observed_facts_are_those_of_the_kernel") else { return };
    let facts = facts(&endpoint);
    let mut seen = 0;
    for name in zoo(&endpoint) {
        let observed = &container(&facts, &name)["observed"];
        let pid = inspect(&endpoint, &name, "{{.State.Pid}}");
        if pid == "0" {
            assert!(observed.is_null(), "{name} does not run");
            continue;
        }
        seen += 1;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = |field: &str| {
            let line = status.lines().find(|line| line.starts_with(field)).unwrap();
            line.split_once(':').unwrap().1.trim().to_owned()
        };
        let mask = u64::from_str_radix(&line("CapBnd"), 16).unwrap();
        let named = texts(is(observed, "capabilities"));
        let bits = named.iter().map(|name| CAPABILITIES.iter().position(|known| known == name).unwrap());
        assert_eq!(bits.fold(0_u64, |mask, bit| mask | 1 << bit), mask, "{name}");
        let filter = if line("Seccomp:") == "0" { "unconfined" } else { "filter" };
        assert_eq!(is(observed, "seccomp"), filter, "{name}");
        assert_eq!(is(observed, "no_new_privileges"), line("NoNewPrivs") == "1", "{name}");
        let uid = line("Uid").split_whitespace().nth(1).unwrap().to_owned();
        assert_eq!(is(observed, "user")["id"].to_string(), uid, "{name}: the lab maps no users");
        let shared = texts(is(observed, "host_namespaces"));
        for namespace in ["pid", "net", "ipc", "uts", "user", "cgroup"] {
            let link = |whose: &str| fs::read_link(format!("/proc/{whose}/ns/{namespace}")).unwrap();
            assert_eq!(shared.contains(namespace), link(&pid) == link("self"), "{name}: {namespace}");
        }
        // What a process in the container itself can do to its root.
        let writes = docker(
            &endpoint,
            &["exec", &name, "sh", "-c", "awk '$2 == \"/\" { print $4 }' /proc/mounts | tail -n 1"],
        );
        assert_eq!(is(observed, "read_only_root"), writes.split(',').any(|option| option == "ro"), "{name}");
    }
    assert!(seen >= 14);
}

/// Adds every gap below a value to the list, with its path.
fn gaps(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            if let Some(gap) = map.get("gap") {
                found.push((path.to_owned(), gap["why"].as_str().unwrap_or("?").to_owned()));
            }
            map.iter().for_each(|(key, value)| gaps(value, &format!("{path}/{key}"), found));
        }
        Value::Array(list) => list.iter().for_each(|value| gaps(value, path, found)),
        _ => {}
    }
}

#[test]
fn nothing_is_a_gap_but_what_an_engine_cannot_say() {
    let Some(endpoint) = lab("nothing_is_a_gap_but_what_an_engine_cannot_say") else { return };
    let facts = facts(&endpoint);
    let mut found = Vec::new();
    for name in zoo(&endpoint) {
        gaps(&facts["workloads"]["rows"][format!("container:{name}")], &name, &mut found);
    }
    gaps(&facts["engines"], "engine", &mut found);
    gaps(&facts["networks"], "networks", &mut found);
    gaps(&facts["images"], "images", &mut found);
    assert!(!found.is_empty());
    let expected = [
        "observed/privileged",
        "observed/mounts",
        "observed/devices",
        "observed/joined_namespaces",
        "mounts/is/executable",
        "own_nodes",
        "pull_policy",
        "pod_security",
        "lifetime/deadline",
        "lifetime/kept",
        "encrypted",
        "inter_container_traffic",
        "distribution",
        "files",
        "packages",
        "unowned",
        "vulnerabilities",
        "secrets",
    ];
    for (path, why) in found {
        assert_eq!(why, "not_asked", "{path}");
        // Settings of Windows and of pods, which no engine has, stand among the details.
        let known = path.contains("/details/") || expected.iter().any(|end| path.ends_with(end));
        assert!(known, "{path}");
    }
    for part in ["workloads", "images", "networks", "volumes", "engines"] {
        assert_eq!(facts[part]["gaps"], serde_json::json!([]), "{part}");
    }
}

/// The capabilities that a privileged container of this engine lacks, although the kernel knows them: an engine before
/// 23 knows the newest three not, and the lab's runtime takes one away where root itself lacks it.
const LACKING: [&str; 4] = ["BPF", "CHECKPOINT_RESTORE", "PERFMON", "SYS_RESOURCE"];

#[test]
fn what_is_declared_holds() {
    let Some(endpoint) = lab("what_is_declared_holds") else { return };
    let facts = facts(&endpoint);
    for name in
        ["zoo-default", "zoo-hardened", "zoo-privileged", "zoo-host-pid", "zoo-host-net", "zoo-host-ipc"]
    {
        let (declared, observed) =
            (&container(&facts, name)["declared"], &container(&facts, name)["observed"]);
        for fact in [
            "user",
            "no_new_privileges",
            "host_namespaces",
            "read_only_root",
            "masked_paths",
            "memory_limit",
            "pids_limit",
            "cpu_limit",
        ] {
            assert_eq!(is(declared, fact), is(observed, fact), "{name}: {fact}");
        }
        let (says, has) = (texts(is(declared, "capabilities")), texts(is(observed, "capabilities")));
        if name == "zoo-privileged" {
            assert!(has.is_subset(&says));
            assert!(says.difference(&has).all(|lacking| LACKING.contains(lacking)), "{says:?} {has:?}");
        } else {
            assert_eq!(says, has, "{name}");
        }
        let filtered = |seccomp: &Value| seccomp != "unconfined";
        assert_eq!(filtered(is(declared, "seccomp")), filtered(is(observed, "seccomp")), "{name}");
    }
}

#[test]
fn a_profile_that_is_not_loaded_is_declared_and_not_observed() {
    let Some(endpoint) = lab("a_profile_that_is_not_loaded_is_declared_and_not_observed") else { return };
    let facts = facts(&endpoint);
    if inspect(&endpoint, "zoo-apparmor-foo", "{{json .HostConfig.SecurityOpt}}") != r#"["apparmor=foo"]"# {
        let reason = "this kernel has AppArmor, and the engine refuses a profile that is not loaded";
        tyrian_lab::elsewhere("a_profile_that_is_not_loaded_is_declared_and_not_observed", reason);
        return;
    }
    let it = container(&facts, "zoo-apparmor-foo");
    assert_eq!(is(&it["declared"], "lsm"), "foo");
    assert!(is(&it["observed"], "lsm").is_null());
}

#[test]
fn a_profile_is_read_for_what_it_lets_through() {
    let Some(endpoint) = lab("a_profile_is_read_for_what_it_lets_through") else { return };
    let facts = facts(&endpoint);
    let seccomp = is(&container(&facts, "zoo-seccomp-custom")["declared"], "seccomp");
    let allows = texts(is(&seccomp["custom"], "allows"));
    let options = inspect(&endpoint, "zoo-seccomp-custom", "{{index .HostConfig.SecurityOpt 0}}");
    let profile: Value = serde_json::from_str(options.strip_prefix("seccomp=").unwrap()).unwrap();
    assert_eq!(profile["defaultAction"], "SCMP_ACT_ALLOW");
    for name in texts(&profile["syscalls"][0]["names"]) {
        assert!(!allows.contains(name), "{name}");
    }
    assert!(allows.contains("clone") && allows.contains("openat"));
}

#[test]
fn no_secret_enters_the_facts() {
    let Some(endpoint) = lab("no_secret_enters_the_facts") else { return };
    let environment = inspect(&endpoint, "zoo-env-secret", "{{join .Config.Env \"\\n\"}}");
    let secret = environment.lines().find_map(|line| line.strip_prefix("DB_PASSWORD=")).unwrap();
    let facts = facts(&endpoint);
    assert!(!facts.to_string().contains(secret));
    let env = is(container(&facts, "zoo-env-secret"), "env");
    assert_eq!(env["DB_PASSWORD"]["secrets"].as_array().unwrap().len(), 1);
    assert_eq!(env["DB_USER"]["text"], "shop");
}

#[test]
fn the_engine_itself_is_described() {
    let Some(endpoint) = lab("the_engine_itself_is_described") else { return };
    let facts = facts(&endpoint);
    let it = &facts["engines"]["rows"]["engine:docker"];
    let info = |template: &str| docker(&endpoint, &["info", "-f", template]);
    assert_eq!(is(it, "version").as_str().unwrap(), info("{{.ServerVersion}}"));
    assert_eq!(is(it, "log_driver").as_str().unwrap(), info("{{.LoggingDriver}}"));
    assert_eq!(is(it, "storage_driver").as_str().unwrap(), info("{{.Driver}}"));
    assert_eq!(is(it, "cgroup_version").to_string(), info("{{.CgroupVersion}}"));
    assert_eq!(is(it, "live_restore").to_string(), info("{{.LiveRestoreEnabled}}"));
    assert_eq!(is(it, "kernel").as_str().unwrap(), info("{{.KernelVersion}}"));
    assert_eq!(is(it, "listens"), &serde_json::json!([endpoint.address()]));
    assert_eq!(is(it, "swarm"), false);
    assert!(is(it, "components").get("runc").is_some());
    let networks: BTreeSet<String> = docker(&endpoint, &["network", "ls", "--format", "network:{{.Name}}"])
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        facts["networks"]["rows"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(),
        networks
    );
    let image = &facts["images"]["rows"]["image:tyrian-lab/busybox:latest"];
    let of_image =
        |template: &str| docker(&endpoint, &["image", "inspect", "-f", template, "tyrian-lab/busybox"]);
    assert_eq!(is(image, "config_digest").as_str().unwrap(), of_image("{{.Id}}"));
    assert_eq!(is(image, "size").to_string(), of_image("{{.Size}}"));
    let history = docker(&endpoint, &["history", "-q", "tyrian-lab/busybox"]);
    assert_eq!(is(image, "history").as_array().unwrap().len(), history.lines().count());
}

#[test]
fn an_image_is_streamed() {
    let Some(endpoint) = lab("an_image_is_streamed") else { return };
    let mut bytes = Vec::new();
    save(&endpoint, "tyrian-lab/busybox", &Limits::default()).unwrap().read_to_end(&mut bytes).unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let names: Vec<String> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert!(names.contains(&"manifest.json".to_owned()), "{names:?}");
    let missing = save(&endpoint, "tyrian-lab/none:1", &Limits::default()).map(|_| ()).unwrap_err();
    assert!(missing.what.contains("no image tyrian-lab/none:1"), "{}", missing.what);
    let odd = save(&endpoint, "../../info?a=b#c", &Limits::default()).map(|_| ()).unwrap_err();
    assert!(!odd.what.is_empty());
}

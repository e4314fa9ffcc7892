//! The engine: recorded answers, and what becomes of each key that is missing.

use super::*;
use tyrian_model::fact::See;
use tyrian_model::facts::World;
use tyrian_model::workload::{CAPABILITIES, DEFAULT_CAPABILITIES};

fn key() -> Key {
    Key([7; 32])
}

/// The value of a fact, or the gap's reason and text.
fn get<T: Clone>(fact: &Known<T>) -> Result<T, (Why, String)> {
    let world = World::default();
    let see = See::new(&world);
    match see.get(fact) {
        Ok(value) => Ok(value.clone()),
        Err(_) => Err(see.gaps().own.into_iter().map(|gap| (gap.why, gap.what)).next().unwrap()),
    }
}

fn row<T: Clone>(many: &Many<T>, name: &str) -> T {
    let world = World::default();
    See::new(&world).find(many, name).unwrap().unwrap_or_else(|| panic!("no row {name}")).clone()
}

/// The one container of a workload called `a`.
fn container(json: &str) -> Container {
    let facts = example(json, &key());
    row(&row(&facts.worlds["engine"].workloads, "container:a").containers, "")
}

/// What holds a container in whose host configuration is this.
fn host(config: &str) -> Confinement {
    container(&format!(r#"{{"containers": [{{"Name": "/a", "HostConfig": {config}}}]}}"#)).declared
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_the_engine_did_not_say_is_a_gap() {
    let it = host(r#"{"Privileged": false}"#);
    assert_eq!(get(&it.privileged), Ok(false));
    let (why, what) = get(&it.read_only_root).unwrap_err();
    assert_eq!(
        (why, what.as_str()),
        (Why::NotRead, "container a: HostConfig.ReadonlyRootfs: the engine did not say it")
    );
    for gap in [get(&it.memory_limit).unwrap_err(), get(&it.cpu_limit).unwrap_err()] {
        assert_eq!(gap.0, Why::NotRead);
    }
    assert_eq!(get(&it.capabilities).unwrap_err().0, Why::NotRead);
    assert_eq!(get(&it.seccomp).unwrap_err().0, Why::NotRead);
    assert_eq!(get(&it.mounts).unwrap_err().0, Why::NotRead);
    let facts = example("{}", &key());
    assert_eq!(facts.worlds["engine"].read(), 0);
    assert!(facts.worlds["engine"].workloads.is_asked());
}

#[test]
fn what_the_engine_said_wrongly_is_malformed() {
    let it =
        host(r#"{"Privileged": "no", "ReadonlyRootfs": 1, "Memory": "lots", "CapAdd": [1], "Devices": {}}"#);
    assert_eq!(get(&it.privileged).unwrap_err().0, Why::Malformed);
    assert_eq!(get(&it.read_only_root).unwrap_err().0, Why::Malformed);
    assert_eq!(get(&it.memory_limit).unwrap_err().0, Why::Malformed);
    assert_eq!(get(&it.capabilities).unwrap_err().0, Why::Malformed);
    assert_eq!(get(&it.devices).unwrap_err().0, Why::Malformed);
    let facts = example("not JSON", &key());
    assert!(facts.worlds["engine"].workloads.is_asked());
    let facts = example(r#"{"containers": [{}, 5, {"Name": 7}], "images": {}, "networks": "x"}"#, &key());
    assert_eq!(facts.worlds["engine"].read(), 0);
}

#[test]
fn an_error_in_place_of_an_answer_is_a_gap() {
    let facts = example(
        r#"{"containers": [{"error": "container b: it hung"}], "info": {"error": "no", "why": "denied"}}"#,
        &key(),
    );
    let world = &facts.worlds["engine"];
    assert_eq!(get(&row(&world.engines, "engine:docker").swarm), Err((Why::Denied, "no".into())));
    let see = See::new(world);
    assert!(see.all(&world.workloads).is_err());
    assert_eq!(see.gaps().own[0], Gap::new(Why::NotRead, "container b: it hung"));
    let gap = Gap::new(Why::Denied, "no rights");
    assert_eq!(said::failed(&failure(&gap)), Some(gap));
}

#[test]
fn capabilities_are_added_and_dropped_as_the_engine_does() {
    let caps = |add: &str, drop: &str| {
        let it = host(&format!(r#"{{"Privileged": false, "CapAdd": {add}, "CapDrop": {drop}}}"#));
        get(&it.capabilities).unwrap()
    };
    let defaults = set(&DEFAULT_CAPABILITIES);
    assert_eq!(caps("null", "null"), defaults);
    assert_eq!(caps("[]", r#"["ALL"]"#), set(&[]));
    assert_eq!(caps(r#"["CAP_CHOWN"]"#, r#"["all"]"#), set(&["CHOWN"]));
    assert_eq!(caps(r#"["NET_RAW"]"#, r#"["NET_RAW"]"#), defaults, "added again after it was dropped");
    assert_eq!(caps(r#"["ALL"]"#, r#"["ALL"]"#).len(), CAPABILITIES.len());
    assert!(!caps(r#"["ALL"]"#, r#"["CAP_SYS_ADMIN"]"#).contains("SYS_ADMIN"));
    assert!(!caps("null", r#"["cap_net_raw"]"#).contains("NET_RAW"));
}

#[test]
fn limits_of_zero_null_and_minus_one_are_none() {
    let it = host(r#"{"Memory": 0, "PidsLimit": null, "NanoCpus": 0, "CpuQuota": 0, "CpuPeriod": 0}"#);
    assert_eq!(
        (get(&it.memory_limit), get(&it.pids_limit), get(&it.cpu_limit)),
        (Ok(None), Ok(None), Ok(None))
    );
    let it = host(r#"{"Memory": 64, "PidsLimit": -1, "NanoCpus": 0, "CpuQuota": 150000, "CpuPeriod": 0}"#);
    assert_eq!((get(&it.memory_limit), get(&it.pids_limit)), (Ok(Some(64)), Ok(None)));
    assert_eq!(get(&it.cpu_limit), Ok(Some(1500)));
    let it = host(r#"{"PidsLimit": 64, "NanoCpus": 500000000, "CpuQuota": -1, "CpuPeriod": 0}"#);
    assert_eq!((get(&it.pids_limit), get(&it.cpu_limit)), (Ok(Some(64)), Ok(Some(500))));
}

#[test]
fn security_options_are_read_as_the_engine_reads_them() {
    let it = |options: &str, info: &str| {
        container(&format!(
            r#"{{"version": {{"Version": "20.10.24", "Arch": "amd64", "KernelVersion": "6.1.0"}}, {info}
            "containers": [{{"Name": "/a", "AppArmorProfile": "", "ProcessLabel": "", "HostConfig":
            {{"Privileged": false, "CapAdd": null, "CapDrop": null, "SecurityOpt": {options}}}}}]}}"#
        ))
        .declared
    };
    let plain = r#""info": {"SecurityOptions": ["name=seccomp,profile=default"]}, "daemon_json": null,
        "command_line": ["dockerd"],"#;
    assert_eq!(get(&it("null", plain).seccomp), Ok(Seccomp::RuntimeDefault));
    assert_eq!(get(&it("null", plain).no_new_privileges), Ok(false));
    assert_eq!(get(&it("null", plain).lsm), Ok(None));
    assert_eq!(get(&it(r#"["seccomp=unconfined"]"#, plain).seccomp), Ok(Seccomp::Unconfined));
    assert_eq!(get(&it(r#"["seccomp:unconfined"]"#, plain).seccomp), Ok(Seccomp::Unconfined));
    assert_eq!(get(&it(r#"["apparmor=foo"]"#, plain).lsm), Ok(Some("foo".into())));
    for said in [r#"["no-new-privileges"]"#, r#"["no-new-privileges:true"]"#, r#"["no-new-privileges=true"]"#]
    {
        assert_eq!(get(&it(said, plain).no_new_privileges), Ok(true), "{said}");
    }
    assert_eq!(
        get(&it(r#"["no-new-privileges=maybe"]"#, plain).no_new_privileges).unwrap_err().0,
        Why::Malformed
    );
    let none = r#""info": {"SecurityOptions": []},"#;
    assert_eq!(get(&it("null", none).seccomp), Ok(Seccomp::Unconfined), "an engine without seccomp");
    assert_eq!(
        get(&it("null", none).no_new_privileges).unwrap_err().0,
        Why::NotRead,
        "20.10 says it in daemon.json"
    );
    let armed = r#""info": {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=/etc/own.json",
        "name=no-new-privileges"]},"#;
    assert_eq!(get(&it("null", armed).lsm), Ok(Some("docker-default".into())));
    assert_eq!(get(&it("null", armed).no_new_privileges), Ok(true));
    assert_eq!(get(&it(r#"["no-new-privileges=false"]"#, armed).no_new_privileges), Ok(false));
    let Ok(Seccomp::Custom { name, allows }) = get(&it("null", armed).seccomp) else { panic!() };
    assert_eq!((name.as_str(), get(&allows).unwrap_err().0), ("/etc/own.json", Why::NotRead));
}

#[test]
fn a_profile_is_judged_by_what_it_lets_through() {
    let allows = |profile: &str, add: &str| {
        let json = serde_json::json!({
            "version": {"Version": "24.0.7", "Arch": "amd64", "KernelVersion": "5.10.0-8-amd64"},
            "containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "CapDrop": null,
                "CapAdd": [add], "SecurityOpt": [format!("seccomp={profile}")]}}],
        });
        match get(&container(&json.to_string()).declared.seccomp) {
            Ok(Seccomp::Custom { allows, .. }) => get(&allows),
            other => panic!("{other:?}"),
        }
    };
    let deny = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["keyctl"], "action": "SCMP_ACT_ERRNO"},
        {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#;
    let through = allows(deny, "CHOWN").unwrap();
    assert!(through.contains("mount") && through.contains("bpf"));
    assert!(!through.contains("keyctl") && !through.contains("clone"));
    let list = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}, "excludes": {}},
        {"name": "add_key", "action": "SCMP_ACT_LOG", "args": null},
        {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
        {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["clone3"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
        {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.0"}},
        {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
        {"names": ["s390_runtime_instr"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}}]}"#;
    assert_eq!(
        allows(list, "CHOWN").unwrap(),
        set(&["read", "write", "add_key", "clone3", "ptrace", "arch_prctl"])
    );
    assert_eq!(
        allows(list, "SYS_ADMIN").unwrap(),
        set(&["read", "write", "add_key", "mount", "ptrace", "arch_prctl"])
    );
    assert_eq!(allows("{}", "CHOWN").unwrap_err().0, Why::NotRead);
    assert_eq!(allows("{", "CHOWN").unwrap_err().0, Why::Malformed);
    assert_eq!(allows(r#"{"defaultAction": "SCMP_ACT_DANCE"}"#, "CHOWN").unwrap_err().0, Why::Malformed);
    let it = host(r#"{"Privileged": false, "SecurityOpt": ["seccomp=profile.json"]}"#);
    assert!(matches!(get(&it.seccomp), Ok(Seccomp::Custom { name, .. }) if name == "profile.json"));
}

#[test]
fn a_privileged_container_is_held_in_by_nothing() {
    let it = host(
        r#"{"Privileged": true, "CapAdd": null, "CapDrop": ["ALL"], "SecurityOpt": ["label=disable"],
        "MaskedPaths": null, "ReadonlyPaths": null}"#,
    );
    assert_eq!(get(&it.capabilities).unwrap(), set(&CAPABILITIES));
    assert_eq!(get(&it.seccomp), Ok(Seccomp::Unconfined));
    assert_eq!(get(&it.masked_paths), Ok(false));
    assert_eq!(get(&it.lsm).unwrap_err().0, Why::NotRead, "whether there is any module is in the info");
    let with_profile = |version: &str| {
        let json = serde_json::json!({"version": {"Version": version, "Arch": "amd64", "KernelVersion": "6.1"},
            "containers": [{"Name": "/a", "HostConfig": {"Privileged": true, "CapAdd": null, "CapDrop": null,
                "SecurityOpt": [r#"seccomp={"defaultAction": "SCMP_ACT_ERRNO"}"#]}}]});
        get(&container(&json.to_string()).declared.seccomp)
    };
    assert_eq!(with_profile("20.10.24"), Ok(Seccomp::Unconfined), "an old engine drops it");
    assert!(matches!(with_profile("28.1.1"), Ok(Seccomp::Custom { .. })));
    assert_eq!(with_profile("26.0.0").unwrap_err().0, Why::NotRead);
}

#[test]
fn paths_are_masked_unless_the_lists_are_short() {
    let mut masked: Vec<&str> = observed::MASKED.to_vec();
    let it = |masked: &[&str], options: &str| {
        let masked = serde_json::to_string(masked).unwrap();
        let read_only = serde_json::to_string(&observed::READ_ONLY).unwrap();
        let it = host(&format!(
            r#"{{"Privileged": false, "SecurityOpt": {options}, "MaskedPaths": {masked}, "ReadonlyPaths": {read_only}}}"#
        ));
        get(&it.masked_paths).unwrap()
    };
    assert!(it(&masked, "null"));
    assert!(!it(&masked, r#"["systempaths=unconfined"]"#));
    assert!(!it(&[], "null"));
    masked.pop();
    assert!(!it(&masked, "null"));
}

#[test]
fn host_namespaces_follow_the_container_that_is_joined() {
    let modes = |network: &str, extra: &str| {
        container(&format!(
            r#"{{"info": {{"SecurityOptions": [{extra}]}}, "containers": [
            {{"Name": "/a", "Id": "1", "HostConfig": {{"NetworkMode": "{network}", "PidMode": "", "IpcMode":
                "private", "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}}}},
            {{"Name": "/b", "Id": "2", "HostConfig": {{"NetworkMode": "host"}}}},
            {{"Name": "/c", "Id": "3", "HostConfig": {{"NetworkMode": "container:3"}}}}]}}"#
        ))
        .declared
        .host_namespaces
    };
    assert_eq!(get(&modes("default", "")), Ok([Namespace::User].into()));
    assert_eq!(get(&modes("bridge", r#""name=userns""#)), Ok([].into()));
    assert_eq!(get(&modes("bridge", r#""name=rootless""#)), Ok([].into()));
    assert_eq!(get(&modes("host", "")), Ok([Namespace::Net, Namespace::User].into()));
    assert_eq!(get(&modes("container:2", "")), Ok([Namespace::Net, Namespace::User].into()));
    assert_eq!(get(&modes("container:1", "")).unwrap_err().0, Why::NotRead, "itself");
    assert_eq!(get(&modes("container:3", "")).unwrap_err().0, Why::NotRead, "a circle");
    assert_eq!(get(&modes("container:9", "")).unwrap_err().0, Why::NotRead, "nobody");
}

#[test]
fn mounts_and_devices_are_listed() {
    let it = container(
        r#"{"containers": [{"Name": "/a", "HostConfig": {"Tmpfs": {"/tmp": "size=8m,ro"},
            "Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}],
            "DeviceRequests": [{"Driver": "nvidia", "Count": -1}], "DeviceCgroupRules": ["b 8:* rwm"]},
        "Mounts": [
            {"Type": "bind", "Source": "/", "Destination": "/host", "Mode": "ro", "RW": false, "Propagation": "rslave"},
            {"Type": "bind", "Source": "/srv", "Destination": "/srv", "RW": true, "Propagation": "rshared"},
            {"Type": "volume", "Name": "data", "Source": "/var/lib/x", "Destination": "/data", "RW": true, "Propagation": ""}]
        }]}"#,
    );
    let mount = |kind, source: &str, target: &str, read_only, shared| Mount {
        kind,
        source: source.into(),
        target: target.into(),
        read_only,
        shared,
        executable: if kind == MountKind::Tmpfs { Known::is(false) } else { no_memory() },
        at: None,
    };
    assert_eq!(
        get(&it.declared.mounts).unwrap(),
        [
            mount(MountKind::Bind, "/", "/host", true, false),
            mount(MountKind::Bind, "/srv", "/srv", false, true),
            mount(MountKind::Volume, "data", "/data", false, false),
            mount(MountKind::Tmpfs, "", "/tmp", true, false),
        ]
    );
    assert_eq!(
        get(&it.declared.devices).unwrap(),
        ["/dev/sda", "a device of the driver \"nvidia\"", "every device of the rule \"b 8:* rwm\""]
    );
    assert_eq!(
        get(&host(r#"{"Binds": ["/:/host"]}"#).mounts).unwrap_err().0,
        Why::NotRead,
        "the list is Mounts"
    );
}

#[test]
fn images_and_times_are_parsed() {
    let image = |text: &str| {
        let id = format!("sha256:ab12{}", "0".repeat(60));
        let json =
            serde_json::json!({"containers": [{"Name": "/a", "Image": id, "Config": {"Image": text}}]});
        get(&container(&json.to_string()).image).map(|it| {
            let it = it.unwrap();
            (it.registry, it.repository, it.tag, it.digest)
        })
    };
    assert_eq!(image("nginx:1"), Ok(("docker.io".into(), "library/nginx".into(), Some("1".into()), None)));
    let id = Some(format!("sha256:ab12{}", "0".repeat(60)));
    for written in ["ab12", id.as_deref().unwrap()] {
        assert_eq!(image(written), Ok((String::new(), String::new(), None, id.clone())));
    }
    assert_eq!(image("Ab Cd").unwrap_err().0, Why::Malformed);
    assert_eq!(seconds("2026-11-24T08:11:02.205685348Z"), Ok(1_795_507_862));
    assert_eq!(seconds("now").unwrap_err().why, Why::Malformed);
}

#[test]
fn the_rest_of_a_container_is_read() {
    let it = container(
        r#"{"containers": [{"Name": "/a", "State": {"Running": true, "StartedAt": "1970-01-01T00:01:00Z"},
            "HostConfig": {"LogConfig": {"Type": "json-file", "Config": {"max-size": "5m"}},
                "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}, "PortBindings": {}},
            "Config": {"Image": "nginx:1", "Env": ["A=b=c", "D"], "Entrypoint": ["/run"], "Cmd": ["--port=80", "-v"],
                "Labels": null, "Healthcheck": {"Test": ["NONE"]}},
            "NetworkSettings": {"Networks": {"front": {}, "back": null}, "Ports": {"9/udp": null, "80/tcp": [
                {"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}]}}}]}"#,
    );
    assert_eq!(get(&it.started), Ok(Some(60)));
    assert_eq!(get(&it.restart), Ok(Some("on-failure:3".into())));
    assert_eq!(get(&it.health_check), Ok(false));
    assert_eq!(get(&it.log_driver), Ok(Some("json-file".into())));
    assert_eq!(get(&it.log_options).unwrap()["max-size"], "5m");
    let env = get(&it.env).unwrap();
    assert_eq!((env["A"].text.as_str(), env["D"].text.as_str()), ("b=c", ""));
    let command: Vec<String> = get(&it.command).unwrap().into_iter().map(|word| word.text).collect();
    assert_eq!(command, ["/run", "--port=80", "-v"]);
    let ports = get(&it.ports).unwrap();
    assert_eq!(ports.len(), 2);
    assert_eq!((ports[0].address.as_str(), ports[0].host, ports[0].container), ("127.0.0.1", 8080, 80));
    let stopped = container(
        r#"{"containers": [{"Name": "/a", "State": {"Running": false}, "HostConfig": {"PublishAllPorts": true, "PortBindings": {"80/tcp": [
            {"HostIp": "", "HostPort": ""}], "81/tcp": [{"HostIp": "10.0.0.1", "HostPort": "8000-8010"}]}},
            "Config": {"ExposedPorts": {"80/tcp": {}, "53/udp": {}}}}]}"#,
    );
    let ports = get(&stopped.ports).unwrap();
    let ports: Vec<_> = ports.iter().map(|port| (port.address.as_str(), port.host, port.container)).collect();
    assert_eq!(ports, [("0.0.0.0", 0, 80), ("10.0.0.1", 0, 81), ("0.0.0.0", 0, 53)]);
}

fn engine_of(json: &str) -> Engine {
    row(&example(json, &key()).worlds["engine"].engines, "engine:docker")
}

#[test]
fn settings_are_joined_as_the_engine_joins_them() {
    let it = engine_of(
        r#"{"daemon_json": {"icc": false, "log-opts": {"max-size": "1m"}, "userland-proxy": false},
        "command_line": ["/usr/sbin/dockerd", "-H", "unix:///s", "--host=tcp://0.0.0.0:2375", "-Htcp://[::]:1",
            "--tlsverify", "--no-new-privileges=false", "--data-root", "/d", "--icc"]}"#,
    );
    assert_eq!(get(&it.inter_container_traffic), Ok(true), "the command line's --icc: dockerd refuses both");
    assert_eq!(get(&it.listens).unwrap(), ["unix:///s", "tcp://0.0.0.0:2375", "tcp://[::]:1"]);
    assert_eq!(get(&it.tls_verify), Ok(true));
    assert_eq!(get(&it.userland_proxy), Ok(false));
    assert_eq!(get(&it.no_new_privileges), Ok(false));
    assert_eq!(get(&it.log_options).unwrap()["max-size"], "1m");
    let plain = engine_of(r#"{"daemon_json": null, "command_line": ["dockerd"]}"#);
    assert_eq!(get(&plain.listens).unwrap(), ["unix:///var/run/docker.sock"]);
    assert_eq!((get(&plain.tls_verify), get(&plain.userland_proxy)), (Ok(false), Ok(true)));
    let half = engine_of(r#"{"daemon_json": {"tlsverify": true, "icc": "yes"}}"#);
    assert_eq!(get(&half.tls_verify), Ok(true), "one place that has it is enough");
    assert_eq!(get(&half.userland_proxy).unwrap_err().0, Why::NotRead, "and the default needs both");
    assert_eq!(get(&half.inter_container_traffic).unwrap_err().0, Why::Malformed);
}

#[test]
fn an_engine_is_described() {
    let it = engine_of(
        r#"{"version": {"Version": "24.0.7", "KernelVersion": "6.1", "Components": [
            {"Name": "Engine", "Version": "24.0.7"}, {"Name": "own", "Version": "1.1.9"}]},
        "info": {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
            "Runtimes": {"own": {"path": "/opt/runc-own"}}, "LiveRestoreEnabled": true, "LoggingDriver": "journald",
            "RegistryConfig": {"InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.0.0/8", "::1/128"],
                "IndexConfigs": {"docker.io": {"Secure": true}, "reg.lan:5000": {"Secure": false}}},
            "Plugins": {"Authorization": null}, "ExperimentalBuild": false, "Swarm": {"LocalNodeState": "active"},
            "Driver": "overlay2", "CgroupVersion": "2"}}"#,
    );
    assert_eq!(get(&it.components).unwrap()["runc"], "1.1.9");
    assert_eq!(get(&it.seccomp), Ok(Some("default".into())));
    assert_eq!(get(&it.lsm), Ok(set(&["apparmor"])));
    assert_eq!((get(&it.rootless), get(&it.user_namespaces)), (Ok(false), Ok(false)));
    assert_eq!(get(&it.no_new_privileges), Ok(false), "since 23 the info says it");
    assert_eq!(get(&it.insecure_registries).unwrap(), ["10.0.0.0/8", "reg.lan:5000"]);
    assert_eq!((get(&it.swarm), get(&it.cgroup_version)), (Ok(true), Ok(2)));
    assert_eq!(get(&it.listens).unwrap_err().0, Why::NotRead);
}

#[test]
fn networks_and_images_are_described() {
    let facts = example(
        r#"{"networks": [
            {"Name": "bridge", "Driver": "bridge", "Internal": false, "Containers": {"x": {}},
                "Options": {"com.docker.network.bridge.enable_icc": "false"}},
            {"Name": "ov", "Driver": "overlay", "Internal": true, "Containers": null, "Options": {"encrypted": ""}},
            {"Name": "host", "Driver": "host", "Internal": false, "Containers": {}, "Options": {}}],
        "images": [{"Id": "sha256:1", "RepoTags": ["shop/web:1"], "RepoDigests": [], "Created":
            "1970-01-01T00:00:00Z", "Size": 5, "Config": {"Env": ["A=b"], "ExposedPorts": {"22/tcp": {}}}},
            {"Id": "sha256:2", "RepoTags": [], "RepoDigests": ["<none>@<none>"], "Config": null}],
        "history": {"sha256:1": [{"CreatedBy": "second"}, {"CreatedBy": "first"}]},
        "info": {}}"#,
        &key(),
    );
    let world = &facts.worlds["engine"];
    let bridge = row(&world.networks, "network:bridge");
    assert_eq!((get(&bridge.inter_container_traffic), get(&bridge.containers)), (Ok(false), Ok(1)));
    assert_eq!(get(&bridge.encrypted).unwrap_err().0, Why::NotAsked);
    assert_eq!(get(&row(&world.engines, "engine:docker").inter_container_traffic), Ok(false));
    let overlay = row(&world.networks, "network:ov");
    assert_eq!((get(&overlay.encrypted), get(&overlay.internal)), (Ok(true), Ok(true)));
    let host = row(&world.networks, "network:host");
    assert_eq!(get(&host.inter_container_traffic).unwrap_err().0, Why::NotAsked);
    let image = row(&world.images, "image:shop/web:1");
    assert_eq!((get(&image.user), get(&image.created)), (Ok(String::new()), Ok(None)));
    assert_eq!(get(&image.exposed_ports), Ok(set(&["22/tcp"])));
    let history: Vec<_> = get(&image.history).unwrap().into_iter().map(|step| step.text).collect();
    assert_eq!(history, ["first", "second"]);
    assert_eq!(get(&image.files).unwrap_err().0, Why::NotAsked);
    let bare = row(&world.images, "image:sha256:2");
    assert_eq!(get(&bare.user).unwrap_err().0, Why::NotRead);
    assert_eq!(get(&bare.repo_digests), Ok(vec![]));
}

#[test]
fn who_is_in_a_container_and_whom_it_joins() {
    let it = |commands: &str, mode: &str| {
        container(&format!(
            r#"{{"containers": [{{"Name": "/a", "ExecIDs": {commands}, "HostConfig":
            {{"NetworkMode": "{mode}", "PidMode": "", "IpcMode": "container:9d"}}}}, {{"Id": "9d", "Name": "/db"}}]}}"#
        ))
    };
    assert_eq!(get(&it("null", "bridge").entered), Ok(false));
    assert_eq!(get(&it(r#"["3b"]"#, "bridge").entered), Ok(true));
    let joined = |mode: &str| get(&it("null", mode).declared.joined_namespaces).unwrap();
    assert_eq!(joined("host"), [(Namespace::Ipc, "container db".to_owned())].into());
    assert_eq!(joined("container:web")[&Namespace::Net], "container web");
    let old = container(r#"{"containers": [{"Name": "/a", "HostConfig": {}}]}"#);
    assert_eq!(get(&old.entered).unwrap_err().0, Why::NotRead);
}

#[test]
fn the_engine_says_what_time_it_is() {
    let facts = example(r#"{"info": {"SystemTime": "2026-11-24T08:00:00.000000001Z"}}"#, &key());
    assert_eq!(get(&row(&facts.worlds["engine"].engines, "engine:docker").time), Ok(1_795_507_200));
}

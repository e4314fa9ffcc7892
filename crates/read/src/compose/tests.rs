//! Compose files: forms, places, and what becomes a gap.

use super::*;
use crate::secrets::Key;
use serde_json::{Value as Json, json};
use tyrian_model::fact::See;
use tyrian_model::facts::World;

const KEY: Key = Key([7; 32]);

/// The containers of a project's services, by the name of the service.
fn services(text: &str, files: &[(&str, &str)]) -> BTreeMap<String, Container> {
    let file = |path: &str| {
        files.iter().find(|(name, _)| *name == path).map_or(Found::Absent, |(_, text)| Found::There(text))
    };
    let facts = read(&Input { path: "compose.yaml", text, key: &KEY }, &file);
    let world = World::default();
    let see = See::new(&world);
    let mut services = BTreeMap::new();
    for (name, workload) in see.all(&facts.worlds["compose"].workloads).unwrap() {
        let container = see.find(&workload.containers, "").unwrap().unwrap();
        services.insert(name.trim_start_matches("service:").to_owned(), container.clone());
    }
    services
}

fn get<T: Clone>(fact: &Known<T>) -> Option<T> {
    let world = World::default();
    See::new(&world).get(fact).ok().cloned()
}

#[test]
fn what_is_built_here_has_no_image_to_be_named_by() {
    let it = services("services: {a: {build: ., image: 'shop/a:1'}, b: {image: 'nginx:1'}}", &[]);
    assert_eq!(get(&it["a"].image), Some(None));
    assert_eq!(get(&it["b"].image).unwrap().unwrap().written, "nginx:1");
}

#[test]
fn attempts_of_a_deployed_service_are_counted() {
    let policy = |more: &str| {
        let text = format!(
            "services: {{a: {{image: b, deploy: {{restart_policy: {{condition: on-failure{more}}}}}}}}}"
        );
        get(&services(&text, &[])["a"].restart).unwrap()
    };
    assert_eq!(policy("").as_deref(), Some("on-failure"));
    assert_eq!(policy(", max_attempts: 3").as_deref(), Some("on-failure:3"));
}

#[test]
fn namespaces_of_others_and_profiles_are_read() {
    let text = "services:\n  a:\n    image: b\n    network_mode: service:vpn\n    pid: host\n    cap_add: [SYS_ADMIN]\n    \
        security_opt: ['seccomp:p.json', 'apparmor:unconfined']\n";
    let profile = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#;
    let it = &services(text, &[("p.json", profile)])["a"].declared;
    assert_eq!(get(&it.joined_namespaces), Some([(Namespace::Net, "service vpn".to_owned())].into()));
    assert_eq!(get(&it.lsm), Some(Some("unconfined".into())));
    let Some(Seccomp::Custom { allows, .. }) = get(&it.seccomp) else { panic!() };
    assert_eq!(get(&allows), Some(["mount".to_owned()].into()));
    let it = &services(text, &[("p.json", "{")])["a"].declared;
    let Some(Seccomp::Custom { allows, .. }) = get(&it.seccomp) else { panic!() };
    assert_eq!(get(&allows), None, "a profile that is none");
}

#[test]
fn a_base_that_sets_a_user_is_not_taken_for_root() {
    let user = |base: &str| {
        let dockerfile = format!("FROM {base}\nCOPY a /a\n");
        get(&services("services: {a: {build: .}}", &[("Dockerfile", &dockerfile)])["a"].declared.user)
    };
    assert_eq!(user("debian:12"), Some(User::Unset));
    assert_eq!(user("gcr.io/distroless/static:nonroot"), None);
}

/// The services of a project by their names, as JSON; the first file is the one that is read.
fn forms(files: &[(&str, &str)]) -> Json {
    let file = |path: &str| {
        files.iter().find(|(p, _)| *p == path).map_or(Found::Absent, |(_, text)| Found::There(text))
    };
    let facts = read(&Input { path: files[0].0, text: files[0].1, key: &KEY }, &file);
    let world = facts.worlds.values().next().cloned().unwrap_or_default();
    serde_json::to_value(world.workloads).unwrap()
}

fn setting(services: &Json, service: &str, name: &str) -> Json {
    services["rows"][format!("service:{service}")]["containers"]["rows"][""]["declared"][name].clone()
}

/// The value of a fact, without its place.
fn value(fact: &Json) -> Json {
    fact.get("is").or_else(|| fact.pointer("/at/0")).cloned().unwrap_or_else(|| json!("gap"))
}

#[test]
fn variables_are_filled_in_from_the_env_file_and_from_defaults() {
    let text = "services: {a: {image: 'x:${TAG}', user: '${U:-1000}', privileged: '$P', mem_limit: '${M}'}}";
    let all = forms(&[("compose.yaml", text), (".env", "TAG=1.2\n# U=0\nexport P=true\n")]);
    assert_eq!(value(&setting(&all, "a", "user")), json!({"id": 1000}));
    assert_eq!(value(&setting(&all, "a", "memory_limit")), json!("gap"));
    let image = &all["rows"]["service:a"]["containers"]["rows"][""]["image"];
    assert_eq!(value(image)["tag"], "1.2");
}

#[test]
fn interpolation_knows_every_form() {
    let values = BTreeMap::from([("A".to_owned(), "1".to_owned()), ("E".to_owned(), String::new())]);
    let variables = Variables { values, whole: true };
    for (text, filled) in [
        ("$A-${A}", "1-1"),
        ("$$A", "$A"),
        ("${E:-x}${E-y}", "x"),
        ("${B:-x}${B-y}", "xy"),
        ("${A:+z}${E:+z}${E+z}", "zz"),
        ("${B}", "${B}"),
        ("$B.c", "${B}.c"),
        ("${A:?must}", "1"),
        ("${B:-${A}}", "${B:-${A}}"),
        ("100$", "100$"),
    ] {
        assert_eq!(interpolate(text, &variables, &mut { MOST_FILLED }), filled, "{text}");
    }
}

#[test]
fn extends_and_the_override_file_keep_their_places() {
    let all = forms(&[
        ("compose.yaml", "services: {a: {extends: {file: base/b.yaml, service: b}, cap_add: [SYS_TIME]}}"),
        ("base/b.yaml", "services:\n  b:\n    image: x\n    privileged: true\n    cap_add: [NET_ADMIN]\n"),
        ("compose.override.yaml", "services: {a: {read_only: true}}"),
    ]);
    let privileged = setting(&all, "a", "privileged");
    assert_eq!(privileged["at"][1]["file"], "base/b.yaml");
    assert_eq!(privileged["at"][1]["line"], 4);
    assert_eq!(setting(&all, "a", "read_only_root")["at"][1]["file"], "compose.override.yaml");
}

#[test]
fn a_file_for_another_occasion_is_laid_over_the_usual_one() {
    let base = "services:\n  a: {image: x, read_only: true}\n  b: {image: y}\n";
    let over = forms(&[("d/compose.test.yaml", "services: {a: {user: '7'}}"), ("d/compose.yaml", base)]);
    let read_only = setting(&over, "a", "read_only_root");
    assert_eq!((value(&read_only), &read_only["at"][1]["file"]), (json!(true), &json!("d/compose.yaml")));
    assert_eq!(value(&setting(&over, "a", "user")), json!({"id": 7}));
    // What has services of its own is a project of its own.
    let own = forms(&[("docker-compose.db.yml", "services: {c: {image: z}}"), ("docker-compose.yml", base)]);
    assert_eq!(own["rows"].as_object().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_followed_is_a_gap() {
    for text in [
        "services: {a: {extends: a, image: x}}",
        "services: {a: {extends: {file: gone.yaml, service: a}, image: x}}",
        "include: [other.yaml]\nservices: {a: {image: x}}",
        "services: 7",
        "services: {a: 7}",
        "services: {a: {privileged: true}}",
    ] {
        let all = forms(&[("compose.yaml", text)]);
        let row = &all["rows"]["service:a"]["containers"]["gaps"];
        let gaps = [&all["gaps"], row];
        let bare = value(&setting(&all, "a", "privileged"));
        assert!(
            gaps.iter().any(|gaps| gaps.as_array().is_some_and(|g| !g.is_empty())) || bare == "gap",
            "{text}: {all}"
        );
    }
}

#[test]
fn a_wrong_type_is_a_gap_setting_by_setting() {
    for (key, name) in [
        ("privileged", "privileged"),
        ("user", "user"),
        ("cap_add", "capabilities"),
        ("cap_drop", "capabilities"),
        ("security_opt", "seccomp"),
        ("security_opt", "no_new_privileges"),
        ("security_opt", "lsm"),
        ("security_opt", "masked_paths"),
        ("pid", "host_namespaces"),
        ("network_mode", "host_namespaces"),
        ("read_only", "read_only_root"),
        ("volumes", "mounts"),
        ("tmpfs", "mounts"),
        ("devices", "devices"),
        ("mem_limit", "memory_limit"),
        ("pids_limit", "pids_limit"),
        ("cpus", "cpu_limit"),
    ] {
        for wrong in ["{x: {y: z}}", "[[1]]", "'${UNSET}'"] {
            let all = forms(&[("compose.yaml", &format!("services: {{a: {{image: x, {key}: {wrong}}}}}"))]);
            assert_eq!(value(&setting(&all, "a", name)), "gap", "{key}: {wrong}");
        }
    }
}

#[test]
fn mounts_and_ports_in_their_short_and_long_forms() {
    let all = forms(&[(
        "compose.yaml",
        "services: {a: {image: x, ports: ['80', '127.0.0.1:8080:80', '[::1]:53:53/udp', {target: 1, published: '2'}], \
         volumes: ['/var/run/docker.sock:/s:ro', 'data:/d', {type: bind, source: /etc, target: /e, read_only: true}]}}",
    )]);
    let container = &all["rows"]["service:a"]["containers"]["rows"][""];
    let ports: Vec<(Json, Json)> = value(&container["ports"])
        .as_array()
        .unwrap()
        .iter()
        .map(|port| (port["address"].clone(), port["host"].clone()))
        .collect();
    let expected = [("0.0.0.0", 0), ("127.0.0.1", 8080), ("::1", 53), ("0.0.0.0", 2)];
    assert_eq!(ports, expected.map(|(address, port)| (json!(address), json!(port))));
    let mounts = value(&setting(&all, "a", "mounts"));
    let kinds: Vec<&Json> = mounts.as_array().unwrap().iter().map(|mount| &mount["kind"]).collect();
    assert_eq!(kinds, ["bind", "volume", "bind"]);
    assert_eq!((&mounts[0]["read_only"], &mounts[2]["read_only"]), (&json!(true), &json!(true)));
}

#[test]
fn a_mount_that_is_filled_in_later_says_nothing_against_the_others() {
    let all = forms(&[(
        "compose.yaml",
        "services:\n  a:\n    image: x\n    volumes:\n      - ${DATA}:/data\n      - /etc:/host\n    tmpfs: ['${T}', /t]\n    secrets: 7\n",
    )]);
    let mounts = setting(&all, "a", "mounts");
    let sources: Vec<&Json> =
        mounts["part"]["of"].as_array().unwrap().iter().map(|it| &it["target"]).collect();
    assert_eq!(sources, ["/host", "/t"]);
    let lacks = mounts["part"]["lacks"].as_array().unwrap();
    let whys: Vec<&Json> = lacks.iter().map(|gap| &gap["why"]).collect();
    assert_eq!(whys, ["unresolved", "unresolved", "malformed"]);
    assert!(lacks[0]["what"].as_str().unwrap().starts_with("compose.yaml:5:9: ${DATA…"), "{lacks:?}");
    assert_eq!(mounts["part"]["at"]["line"], 5);
}

#[test]
fn variables_are_filled_in_within_bounds() {
    let values = BTreeMap::from([("A".to_owned(), "x".to_owned()), ("L".to_owned(), "y".repeat(1 << 20))]);
    let variables = Variables { values, whole: true };
    let fill = |text: &str| interpolate(text, &variables, &mut { MOST_FILLED });
    assert_eq!(fill("${A:-b}${B:-c}${B-d}${A:+e}$A$$${A?f}"), "xcdex$x");
    // What follows a name may be any character.
    assert_eq!(fill("${Aé}${B:é}${:}${Aۈ-x}"), "${Aé}${B:é}${:}${Aۈ-x}");
    assert_eq!(fill("${A"), "${A");
    let long = fill(&"$L".repeat(100));
    assert!(long.len() < MOST_FILLED + 1000 && long.ends_with("${L}"));
    // Braces without an end cost no more than their number.
    assert_eq!(fill(&"${".repeat(500_000)).len(), 1_000_000);
}

//! Engines of kinds that other benches judge wrongly, as they answered: in a swarm, with mapped users, without root,
//! and Podman, which speaks the same API. The recorded answers are those of Docker 20.10.24 and Podman 4.3.1.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::BTreeMap;
use tyrian_judge::run::judge;
use tyrian_model::evidence::Verdict;
use tyrian_read::engine::example;
use tyrian_read::secrets::Key;
use tyrian_rules::checks;

/// What each check says of the engine itself or of its networks and containers: F fails, P passes, U is unknown.
fn said(answers: &str) -> BTreeMap<String, char> {
    let facts = example(answers, &Key([7; 32]));
    let mut said = BTreeMap::new();
    for item in judge(&facts, &checks::all()) {
        let word = match item.verdict {
            Verdict::Fail(..) => 'F',
            Verdict::Unknown(_) => 'U',
            Verdict::Pass => 'P',
            Verdict::NotApplicable => continue,
        };
        let name = item.subject.name.clone();
        said.insert(format!("{} {name}", item.check.name), word);
    }
    said
}

fn expect(answers: &str, expected: &[(&str, Option<char>)]) {
    let said = said(answers);
    for (what, word) in expected {
        let found = said.iter().find(|(key, _)| key.starts_with(what)).map(|(_, word)| *word);
        assert_eq!(found, *word, "{what}: {said:#?}");
    }
}

#[test]
fn a_swarm_is_judged_by_what_its_manager_tells() {
    expect(
        include_str!("engines/swarm.json"),
        &[
            ("swarm-of-one", Some('P')), // it runs a service
            ("swarm-managers", Some('P')),
            ("swarm-listens-everywhere", Some('F')),
            ("swarm-not-locked", Some('F')),
            ("swarm-certificates-long", Some('P')),
            ("swarm-authority-old", Some('P')),
            ("swarm-without-secrets", Some('F')),
            ("no-live-restore", None), // which a swarm cannot have
            ("overlay-not-encrypted network shop-net", None), // of one member nothing leaves the host
            ("overlay-not-encrypted network shop-safe", Some('P')),
            ("secret-in-container", Some('F')),
        ],
    );
}

#[test]
fn mapped_users_are_no_root_of_the_host() {
    expect(
        include_str!("engines/userns.json"),
        &[
            ("no-user-namespaces", Some('P')),
            ("engine-as-root", Some('F')),
            ("no-live-restore", Some('P')),
            ("host-user-namespace container asroot", Some('F')),
            ("root-user container asroot", Some('F')),
            ("swarm-managers", None),
            ("swarm-of-one", Some('P')),
            ("engine-settings-contradict", Some('P')),
        ],
    );
}

/// docker-bench-security#556: a rootless engine is told from one of root.
#[test]
fn a_rootless_engine_runs_as_a_user() {
    expect(
        include_str!("engines/rootless.json"),
        &[
            ("engine-as-root", Some('P')),
            ("no-user-namespaces", Some('P')),
            ("engine-log-level", Some('P')),
            ("host-user-namespace", Some('P')),
            ("swarm-not-locked", None),
        ],
    );
}

#[test]
fn podman_has_no_settings_of_dockerd() {
    let said = said(include_str!("engines/podman.json"));
    for check in [
        "engine-as-root",
        "engine-known-escapes",
        "experimental-engine",
        "no-authorization-plugin",
        "no-default-ulimits",
        "no-live-restore",
        "no-new-privileges-not-default",
        "no-user-namespaces",
        "userland-proxy",
        "swarm-of-one",
    ] {
        let wrong = said.iter().find(|(key, word)| key.starts_with(check) && **word != 'P');
        assert!(wrong.is_none(), "{wrong:?}");
    }
    let of_engine = said.iter().filter(|(key, _)| key.ends_with(" engine docker"));
    let open: Vec<_> = of_engine.filter(|(_, word)| **word == 'U').collect();
    assert!(open.is_empty(), "what it does not have is no gap: {open:?}");
}

/// docker-bench-security#235: what stands in daemon.json holds as a flag does.
#[test]
fn daemon_json_is_read_as_the_command_line_is() {
    let settings = r#"{"icc": false, "log-level": "info", "userland-proxy": false, "no-new-privileges": true,
        "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 64, "Hard": 64}}, "iptables": false, "cgroup-parent": "/x"}"#;
    let line = r#""--icc=false", "--log-level=info", "--userland-proxy=false", "--no-new-privileges",
        "--default-ulimit", "nofile=64:64", "--iptables=false", "--cgroup-parent=/x""#;
    let by_file = said(&format!(r#"{{"daemon_json": {settings}, "command_line": ["dockerd"]}}"#));
    let by_line = said(&format!(r#"{{"daemon_json": null, "command_line": ["dockerd", {line}]}}"#));
    assert_eq!(by_file, by_line);
    for (check, word) in [
        ("userland-proxy", 'P'),
        ("no-new-privileges-not-default", 'P'),
        ("no-default-ulimits", 'P'),
        ("engine-without-iptables", 'F'),
        ("engine-cgroup-parent", 'F'),
    ] {
        assert_eq!(by_file[&format!("{check} engine docker")], word, "{check}");
    }
}

/// docker-bench-security#537: what was not read passes for nothing.
#[test]
fn what_was_not_read_never_passes() {
    let nothing = said(
        r#"{"daemon_json": {"error": "denied", "why": "denied"}, "command_line": {"error": "denied", "why": "denied"}, "info": {}, "version": {}}"#,
    );
    let of_engine: Vec<_> = nothing.iter().filter(|(key, _)| key.ends_with(" engine docker")).collect();
    assert!(of_engine.len() > 20 && of_engine.iter().all(|(_, word)| **word == 'U'), "{of_engine:?}");
}

#[test]
fn settings_that_stand_in_two_places_are_found() {
    let contradicts = |answers: &str| said(answers).get("engine-settings-contradict engine docker").copied();
    let flag =
        |json: &str, line: &str| format!(r#"{{"daemon_json": {json}, "command_line": ["dockerd", {line}]}}"#);
    // As packages start it, with `hosts` in the file: the classic one.
    assert_eq!(
        contradicts(&flag(r#"{"hosts": ["unix:///var/run/docker.sock"]}"#, r#""-H", "fd://""#)),
        Some('F')
    );
    assert_eq!(contradicts(&flag(r#"{"storage-driver": "overlay2"}"#, r#""-soverlay2""#)), Some('F'));
    assert_eq!(
        contradicts(&flag(r#"{"labels": ["a=b"]}"#, r#""--label=c=d""#)),
        Some('F'),
        "the same flag's other name"
    );
    assert_eq!(
        contradicts(&flag(r#"{"runtimes": {}}"#, r#""--add-runtime", "a=/b""#)),
        Some('P'),
        "which are joined"
    );
    assert_eq!(contradicts(&flag(r#"{"icc": false}"#, r#""--containerd=/run/c.sock""#)), Some('P'));
    assert_eq!(contradicts(r#"{"daemon_json": {"icc": false}}"#), Some('U'), "one place that was not read");
}

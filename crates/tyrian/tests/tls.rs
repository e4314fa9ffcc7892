//! An engine of another machine is reached by TLS alone, in which each shows the other who it is: a real one, with
//! certificates that are made here.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::daemon::Daemon;
use common::{Dir, command};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// An authority, and certificates of it for an engine at 127.0.0.1 and for a client.
fn certificates(folder: &Path) {
    let script = r#"set -e
        new() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
        new ca.key; openssl req -x509 -new -key ca.key -subj /CN=authority -days 2 -out ca.pem
        for who in server client; do
            new $who.key
            openssl req -new -key $who.key -subj /CN=$who -out $who.csr
            printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' $who >$who.ext
            openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $who.ext -out $who.pem
        done
        mkdir client; cp ca.pem client/; cp client.pem client/cert.pem; cp client.key client/key.pem
        mkdir stranger; cp ca.pem stranger/
        new other.key; openssl req -x509 -new -key other.key -subj /CN=other -days 2 -out other.pem
        mkdir distrust; cp other.pem distrust/ca.pem; cp client.pem distrust/cert.pem; cp client.key distrust/key.pem"#;
    fs::create_dir_all(folder).unwrap();
    let made =
        Command::new("sh").args(["-c", script]).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn an_engine_by_tls_is_scanned_and_its_containers_are_attacked() {
    let test = "an_engine_by_tls_is_scanned_and_its_containers_are_attacked";
    if tyrian_lab::tool(test, "openssl").is_none() {
        return;
    }
    let dir = Dir::new("tls");
    let keys = dir.0.join("keys");
    certificates(&keys);
    let folder = std::env::temp_dir().join(format!("tyrian-test-{}-tls", std::process::id()));
    let file = |name: &str| keys.join(name).display().to_string();
    let (ca, certificate, key) = (file("ca.pem"), file("server.pem"), file("server.key"));
    let options = [
        "--tlsverify",
        "--tlscacert",
        &ca,
        "--tlscert",
        &certificate,
        "--tlskey",
        &key,
        "--host",
        "tcp://127.0.0.1:2376",
    ];
    let Some(daemon) = Daemon::start(test, &folder, false, &options) else { return };
    daemon.import("far");
    daemon.says(&["run", "-d", "--name", "far", "far", "/probe", "sleep"]);
    // It listens in its own network, where this program is started too.
    let ask = |client: Option<&str>, args: &[&str]| -> Output {
        let base = command(&dir.0, &[]);
        let mut inside = daemon.enter(base.get_program().to_str().unwrap());
        inside.args(args).current_dir(&dir.0).env("XDG_STATE_HOME", dir.0.join("state")).env("HOME", &dir.0);
        inside.env("DOCKER_HOST", "tcp://127.0.0.1:2376").env_remove("DOCKER_CONTEXT").stdin(Stdio::null());
        inside.env_remove("DOCKER_TLS_VERIFY").env_remove("DOCKER_CERT_PATH");
        if let Some(client) = client {
            inside.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", keys.join(client));
        }
        inside.output().unwrap()
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let output = ask(Some("client"), &["facts", "collect", "docker"]);
    assert!(output.status.success(), "{}", said(&output));
    let facts = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(facts.contains("container:far"), "{}", said(&output));

    let techniques = ["--technique", "mount-file-system", "--technique", "raw-socket"];
    let run = ["purple", "run", "--lab", "--quiet", "-f", "json", "--target", "container:far"];
    let output = ask(Some("client"), &[&run[..], &techniques].concat());
    assert!(output.status.success(), "{}", said(&output));
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    let prevented: Vec<&str> =
        run["attempts"].as_array().unwrap().iter().filter_map(|it| it["prevention"].as_str()).collect();
    assert!(prevented.contains(&"blocked") && prevented.contains(&"not_blocked"), "{run}");
    assert_eq!(daemon.says(&["ps", "-aq", "--filter", "label=tyrian.purple"]), "");

    // Who is not known, who does not know it, who has no keys, and who does not speak it: each is told what to do.
    for (client, word) in [
        (Some("stranger"), "127.0.0.1:2376"),
        (Some("distrust"), "the authority in ca.pem"),
        (Some("nowhere"), "DOCKER_CERT_PATH"),
        (None, "set DOCKER_TLS_VERIFY=1"),
    ] {
        let output = ask(client, &["purple", "run", "--lab", "--target", "container:far"]);
        assert!(!output.status.success() && said(&output).contains(word), "{client:?}: {}", said(&output));
    }
    daemon.says(&["rm", "-f", "far"]);
    drop(daemon);
    let _ = fs::remove_dir_all(&folder);
}

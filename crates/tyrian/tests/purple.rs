//! `tyrian purple` on real containers: what went through, what stopped the rest, what the matrix and the gate say of
//! it, and that nothing is left.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Dir, command};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tyrian_lab::Docker;

/// One run at a time: what is left of one is not taken for another's, and each uses the machine up for a moment.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tyrian(dir: &Dir, engine: &Docker, args: &[&str]) -> Output {
    let mut command = command(&dir.0, args);
    command.env("XDG_STATE_HOME", &dir.0).env("DOCKER_HOST", address(engine));
    command.output().unwrap()
}

fn address(engine: &Docker) -> String {
    format!("unix://{}", engine.socket.display())
}

fn json(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn docker(engine: &Docker, args: &[&str]) -> String {
    let output = Command::new("docker").args(args).env("DOCKER_HOST", address(engine)).output().unwrap();
    assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a run could leave behind in the engine: everything that bears its label.
fn left(engine: &Docker) -> Vec<String> {
    let kinds: [&[&str]; 3] = [&["ps", "-aq"], &["network", "ls", "-q"], &["volume", "ls", "-q"]];
    let label = "--filter=label=tyrian.purple";
    kinds
        .iter()
        .flat_map(|kind| {
            let list = docker(engine, &[kind, &[label][..]].concat());
            list.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn attempt<'r>(run: &'r Value, technique: &str, variant: &str) -> &'r Value {
    let mut attempts = run["attempts"].as_array().unwrap().iter();
    attempts.find(|it| it["technique"] == technique && it["variant"] == variant).unwrap()
}

fn grade<'m>(matrix: &'m Value, control: &str, threat: &str) -> &'m str {
    let mut cells = matrix["cells"].as_array().unwrap().iter();
    let cell = cells.find(|cell| cell["control"] == control && cell["threat"] == threat).unwrap();
    cell["grade"].as_str().unwrap_or("none")
}

#[test]
fn a_container_is_attacked_and_the_matrix_and_the_gate_know() {
    let Some(engine) = tyrian_lab::docker("a_container_is_attacked_and_the_matrix_and_the_gate_know") else {
        return;
    };
    let _turn = turn();
    let dir = Dir::new("purple");
    let few = ["mount-file-system", "kernel-core-pattern", "raw-socket", "kernel-keyring"];
    let mut args =
        vec!["purple", "run", "--target", "container:zoo-default", "--lab", "--attribute", "-f", "json"];
    few.iter().for_each(|name| args.extend(["--technique", name]));
    let run = json(&tyrian(&dir, &engine, &args));
    let mount = attempt(&run, "mount-file-system", "mount");
    assert_eq!(
        (&mount["outcome"], &mount["prevention"], &mount["errno"]),
        (&"ran".into(), &"blocked".into(), &"EPERM".into())
    );
    assert_eq!((&mount["stopper"], &mount["sole"]), (&"seccomp".into(), &Value::Null));
    assert_eq!(mount["sufficient"], serde_json::json!(["seccomp", "least-capability"]));
    assert_eq!(mount["capabilities"], serde_json::json!(["SYS_ADMIN"]));
    let pattern = attempt(&run, "kernel-core-pattern", "path");
    assert_eq!((&pattern["errno"], &pattern["sole"]), (&"EROFS".into(), &"mandatory-access-control".into()));
    assert_eq!(attempt(&run, "raw-socket", "ipv4")["prevention"], "not_blocked");
    assert_eq!(run["techniques"]["tried"], few.len());

    // The record has it, and shows it in 80 columns.
    let shown = tyrian(&dir, &engine, &["purple", "show", "last", "--all"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("mount-file-system: mount"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    // The same for other programs.
    let written = tyrian(
        &dir,
        &engine,
        &[
            "matrix",
            "container:zoo-default",
            "--quiet",
            "-f",
            "csv",
            "-o",
            "navigator:layer.json",
            "-o",
            "oscal:results.json",
        ],
    );
    let table = String::from_utf8(written.stdout).unwrap();
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("container-breakout,seccomp,prevents,runtime,proven,prevention,"))
    );
    let read =
        |name: &str| -> Value { serde_json::from_slice(&std::fs::read(dir.0.join(name)).unwrap()).unwrap() };
    assert_eq!(read("layer.json")["versions"]["layer"], "4.5");
    assert_eq!(read("results.json")["assessment-results"]["metadata"]["oscal-version"], "1.1.2");

    // The matrix grades the cell of that container as proven, and the gate asks for it.
    let matrix = json(&tyrian(&dir, &engine, &["matrix", "container:zoo-default", "--quiet", "-f", "json"]));
    let cells = matrix["cells"].as_array().unwrap();
    let cell = |control: &str| {
        cells
            .iter()
            .find(|cell| cell["control"] == control && cell["threat"] == "container-breakout")
            .unwrap()
    };
    let proof = &cell("seccomp")["proofs"][0];
    assert_eq!((&proof["says"], &proof["lapsed"]), (&"prevented".into(), &Value::Null), "{proof}");
    let gate = |control: &str| {
        let args = ["gate", "container:zoo-default", "--quiet", "--proven", control];
        String::from_utf8(tyrian(&dir, &engine, &args).stdout).unwrap()
    };
    assert!(!gate("seccomp").contains("not proven: seccomp"), "{}", gate("seccomp"));
    assert!(gate("non-root").contains("not proven: non-root"), "{}", gate("non-root"));
    assert_eq!(left(&engine), [""; 0]);
}

#[test]
fn what_is_only_described_is_attacked_before_it_is_deployed() {
    let Some(engine) = tyrian_lab::docker("what_is_only_described_is_attacked_before_it_is_deployed") else {
        return;
    };
    let _turn = turn();
    let dir = Dir::new("purple-described");
    dir.put(
        "web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  \
         selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      \
         containers:\n      - name: web\n        image: tyrian-lab/busybox\n        command: [sleep, '9']\n        \
         securityContext: {runAsUser: 10001, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}\n",
    );
    dir.put(
        "compose.yaml",
        "services:\n  web:\n    image: tyrian-lab/busybox\n    command: sleep 9\n    user: '10001'\n    \
         read_only: true\n    cap_drop: [ALL]\n    pids_limit: 50\n",
    );
    let few = ["write-system-files", "raw-socket", "exhaust-processes"];
    for (target, subject) in [
        ("manifest:web.yaml#Deployment/web", "k8s/deployment:shop/web#web"),
        ("compose:compose.yaml#web", "compose/service:web"),
    ] {
        let mut args = vec!["purple", "run", "--target", target, "--lab", "--attribute", "-q", "-f", "json"];
        few.iter().for_each(|name| args.extend(["--technique", name]));
        let run = json(&tyrian(&dir, &engine, &args));
        assert_eq!(run["subject"], subject);
        let raw = attempt(&run, "raw-socket", "ipv4");
        assert_eq!(
            (&raw["prevention"], &raw["capabilities"]),
            (&"blocked".into(), &serde_json::json!(["NET_RAW"]))
        );
        let mut files = run["attempts"].as_array().unwrap().iter();
        let file = files.find(|it| it["technique"] == "write-system-files").unwrap();
        assert_eq!(file["sufficient"], serde_json::json!(["non-root", "read-only-root"]), "{file}");
        // A pod cannot say how many processes it may start: nothing is claimed of it either way.
        let processes = attempt(&run, "exhaust-processes", "children");
        match target.starts_with("manifest") {
            true => assert_eq!(processes["outcome"], "not_applicable", "{processes}"),
            false => assert_eq!(processes["sole"], "resource-limits", "{processes}"),
        }
    }
    assert_eq!(left(&engine), [""; 0]);
}

#[test]
fn every_technique_is_told_apart_on_a_hardened_container() {
    let Some(engine) = tyrian_lab::docker("every_technique_is_told_apart_on_a_hardened_container") else {
        return;
    };
    let _turn = turn();
    let dir = Dir::new("purple-hardened");
    let run = json(&tyrian(
        &dir,
        &engine,
        &["purple", "run", "--target", "container:zoo-hardened", "--lab", "-f", "json"],
    ));
    let count = |key: &str, value: &str| {
        run["attempts"].as_array().unwrap().iter().filter(|attempt| attempt[key] == value).count()
    };
    assert!(count("prevention", "blocked") > 100, "{}", count("prevention", "blocked"));
    assert!(count("outcome", "inconclusive") < 8, "{}", count("outcome", "inconclusive"));
    // Nothing that is in force and expected to hold has let anything through.
    let broken: BTreeSet<&str> = run["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|attempt| {
            attempt["prevention"] == "not_blocked" && attempt["controls"] != serde_json::json!([])
        })
        .map(|attempt| attempt["technique"].as_str().unwrap())
        .collect();
    assert_eq!(broken, BTreeSet::new());
    assert_eq!(left(&engine), [""; 0]);
}

#[test]
fn nothing_is_attacked_without_leave_or_by_a_dry_run() {
    let Some(engine) = tyrian_lab::docker("nothing_is_attacked_without_leave_or_by_a_dry_run") else {
        return;
    };
    let _turn = turn();
    let dir = Dir::new("purple-leave");
    let refused = tyrian(&dir, &engine, &["purple", "run", "--target", "container:zoo-default"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--lab"));
    let dry = tyrian(&dir, &engine, &["purple", "run", "--target", "container:zoo-default", "--dry-run"]);
    assert!(dry.status.success());
    assert!(String::from_utf8_lossy(&dry.stdout).contains("in force: seccomp, capabilities"));
    dir.put("scope.toml", "approver = \"ann\"\ntargets = [\"container:other\"]\nexpires = \"2999-01-01\"\n");
    let outside = ["purple", "run", "--target", "container:zoo-default", "--scope", "scope.toml"];
    let outside = tyrian(&dir, &engine, &outside);
    assert_eq!(outside.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&outside.stderr).contains("does not allow container:zoo-default"));
    let gone = tyrian(&dir, &engine, &["purple", "run", "--target", "container:not-there", "--lab"]);
    assert_eq!(gone.status.code(), Some(3));
    assert!(!Path::new(&dir.0).join("tyrian/purple").exists(), "nothing is on record");
}

/// A server of the lab's own image: how it starts, how one sees that it serves, and how it is told to reload.
struct Server {
    name: &'static str,
    command: &'static [&'static str],
    check: &'static str,
    reload: Option<&'static str>,
}

const SERVERS: [Server; 5] = [
    Server {
        name: "nginx",
        command: &["nginx", "-g", "daemon off;"],
        check: "curl -m 2 -fsS http://$TYRIAN_ADDRESS/ >/dev/null",
        reload: Some("HUP"),
    },
    Server {
        name: "redis",
        command: &["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/var/lib/redis"],
        check: "docker exec $TYRIAN_CLONE redis-cli ping | grep -q PONG",
        reload: None,
    },
    Server {
        name: "postgres",
        command: &[
            "sh",
            "-c",
            "d=/tmp/data; id=$(id -u); [ $id = 0 ] && run='setpriv --reuid postgres --regid postgres --clear-groups' || run=; \
             mkdir -p $d /var/run/postgresql; [ $id = 0 ] && chown postgres $d; \
             $run /usr/lib/postgresql/15/bin/initdb -D $d >/dev/null && \
             exec $run /usr/lib/postgresql/15/bin/postgres -D $d -k $d -h 0.0.0.0",
        ],
        check: "docker exec $TYRIAN_CLONE /usr/lib/postgresql/15/bin/pg_isready -h /tmp/data -t 2",
        reload: Some("HUP"),
    },
    Server {
        name: "python",
        command: &["python3", "-m", "http.server", "8000"],
        check: "curl -m 2 -fsS http://$TYRIAN_ADDRESS:8000/ >/dev/null",
        reload: None,
    },
    Server {
        name: "node",
        command: &[
            "node",
            "-e",
            "const s = require('http').createServer((q, r) => r.end('ok')).listen(8000); process.on('SIGTERM', () => s.close(() => process.exit(0)))",
        ],
        check: "curl -m 2 -fsS http://$TYRIAN_ADDRESS:8000/ >/dev/null",
        reload: None,
    },
];

#[test]
fn a_server_is_hardened_and_still_serves() {
    let Some(engine) = tyrian_lab::docker("a_server_is_hardened_and_still_serves") else { return };
    let _turn = turn();
    // One of them here, a minute each; all: TYRIAN_TEST_SERVERS=nginx,redis,postgres,python,node
    let wanted = std::env::var("TYRIAN_TEST_SERVERS").unwrap_or_else(|_| "nginx".into());
    for server in SERVERS.iter().filter(|server| wanted.split(',').any(|name| name == server.name)) {
        let dir = Dir::new(&format!("harden-{}", server.name));
        let name = format!("tyrian-test-{}-{}", std::process::id(), server.name);
        docker(&engine, &[&["run", "-d", "--name", &name, "tyrian-lab/servers:12"], server.command].concat());
        let target = format!("container:{name}");
        let mut args = vec![
            "purple",
            "harden",
            "--target",
            &target,
            "--lab",
            "--check",
            server.check,
            "-f",
            "json",
            "-o",
            "out",
        ];
        server.reload.iter().for_each(|signal| args.extend(["--reload", signal]));
        let output = tyrian(&dir, &engine, &args);
        docker(&engine, &["rm", "-f", "-v", &name]);
        let report = json(&output);
        let through = |run: &str| -> BTreeSet<(String, String)> {
            let open = report[run]["attempts"].as_array().unwrap().iter();
            open.filter(|attempt| attempt["prevention"] == "not_blocked")
                .map(|attempt| (attempt["technique"].to_string(), attempt["variant"].to_string()))
                .collect()
        };
        let (before, after) = (through("before"), through("after"));
        let blocked: BTreeSet<(String, String)> = report["after"]["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|attempt| attempt["prevention"] == "blocked")
            .map(|attempt| (attempt["technique"].to_string(), attempt["variant"].to_string()))
            .collect();
        let mended = before.intersection(&blocked).count();
        let flags = report["docker"]["flags"].to_string();
        println!("{}: {} went through, {} do; {flags}", server.name, before.len(), after.len());
        assert!(
            mended >= 25,
            "{}: {mended} of {} are stopped: {:#}",
            server.name,
            before.len(),
            report["tried"]
        );
        for flag in ["--cap-drop ALL", "--security-opt no-new-privileges", "--user "] {
            assert!(flags.contains(flag), "{}: {flag} in {flags}: {:#}", server.name, report["tried"]);
        }
        // What was found is written down, and Docker takes it.
        assert!(
            dir.0.join("out/compose.override.yaml").exists() && dir.0.join("out/pod.patch.json").exists()
        );
        let written = std::fs::read_to_string(dir.0.join("out/docker-run.flags")).unwrap();
        let line = format!(
            "docker run -d --name {name} {} tyrian-lab/servers:12 \"$@\"",
            written.replace("\\\n", " ").trim()
        );
        let mut again = Command::new("sh");
        again
            .args(["-c", &line, "sh"])
            .args(server.command)
            .env("DOCKER_HOST", address(&engine))
            .current_dir(dir.0.join("out"));
        let again = again.output().unwrap();
        assert!(again.status.success(), "{line}: {}", String::from_utf8_lossy(&again.stderr));
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let running = docker(&engine, &["inspect", "-f", "{{.State.Running}}", &name]);
        let logs = docker(&engine, &["logs", &name]);
        // Whoever has the settings that were attacked has their proofs; before that, they were only proposed.
        let live = json(&tyrian(&dir, &engine, &["matrix", &target, "--quiet", "-f", "json"]));
        docker(&engine, &["rm", "-f", "-v", &name]);
        assert_eq!(running.trim(), "true", "{}: {logs}", server.name);
        let args = ["matrix", "facts:out/after.facts.json", "--before", "facts:out/before.facts.json"];
        let compared = json(&tyrian(&dir, &engine, &[&args[..], &["--quiet", "-f", "json"]].concat()));
        for (when, matrix, wanted) in [
            ("before", &compared["before"], "absent"),
            ("after", &compared["after"], "proven"),
            ("live", &live, "proven"),
        ] {
            assert_eq!(grade(matrix, "non-root", "container-breakout"), wanted, "{}, {when}", server.name);
        }
        let runs = json(&tyrian(&dir, &engine, &["purple", "show", "-f", "json"]));
        let proposed: Vec<bool> =
            runs.as_array().unwrap().iter().map(|run| run["proposed"].as_bool().unwrap()).collect();
        assert_eq!(proposed, [false, true], "{}: both attacks are on record", server.name);
        let page = tyrian(&dir, &engine, &[&args[..], &["--quiet", "-f", "html"]].concat());
        assert!(
            String::from_utf8_lossy(&page.stdout)
                .contains("non-root against container-breakout, after: proven")
        );
    }
    assert_eq!(left(&engine), [""; 0]);
}

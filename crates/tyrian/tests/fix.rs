//! `tyrian fix`: shown first, changed all or none, and taken back.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory of its own for a test, gone at its end: the tree, and beside it what can be undone.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tyrian-fix-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("tree")).unwrap();
        Dir(path)
    }
    fn tree(&self) -> PathBuf {
        self.0.join("tree")
    }
    fn put(&self, file: &str, text: &str) -> PathBuf {
        let path = self.tree().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
    fn get(&self, file: &str) -> String {
        fs::read_to_string(self.tree().join(file)).unwrap()
    }
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tyrian"));
        command.arg("fix").arg("-q").args(args).current_dir(self.tree()).stdin(Stdio::null());
        command.env("XDG_STATE_HOME", self.0.join("state"));
        command.env_remove("DOCKER_HOST").env_remove("TYRIAN_POLICY").env_remove("COLUMNS");
        command
    }
    fn fix(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }
    /// The names of all files in the tree.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.tree())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", talk(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn talk(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const COMPOSE: &str = "# the shop\r\nservices:\r\n  web:\r\n    image: nginx # pinned later\r\n";
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
    - name: web
      image: web:1
";

#[test]
fn shown_then_applied_then_taken_back() {
    let dir = Dir::new("apply");
    let compose = dir.put("compose.yaml", COMPOSE);
    dir.put("pod.yaml", POD);
    fs::set_permissions(&compose, fs::Permissions::from_mode(0o640)).unwrap();

    let shown = out(&dir.fix(&["."]));
    assert!(shown.contains("+      - no-new-privileges:true"), "{shown}");
    assert!(shown.contains("+        allowPrivilegeEscalation: false"), "{shown}");
    assert!(shown.contains("Left to a person") && shown.contains("memory-unlimited"), "{shown}");
    assert!(shown.contains("With --try") && shown.contains("writable-root"), "{shown}");
    assert_eq!((dir.get("compose.yaml"), dir.get("pod.yaml")), (COMPOSE.to_owned(), POD.to_owned()));

    let applied = out(&dir.fix(&[".", "--apply"]));
    assert!(applied.contains("tyrian fix --undo"), "{applied}");
    let after = dir.get("compose.yaml");
    assert_eq!(after, format!("{COMPOSE}    security_opt:\r\n      - no-new-privileges:true\r\n"));
    assert_eq!(fs::metadata(&compose).unwrap().permissions().mode() & 0o7777, 0o640);
    assert!(dir.get("pod.yaml").contains("allowPrivilegeEscalation: false"));
    assert_eq!(dir.names(), ["compose.yaml", "pod.yaml"], "nothing is left beside");

    let again = out(&dir.fix(&[".", "--apply"]));
    assert!(again.starts_with("With --try") && again.contains("0 of "), "{again}");

    let undone = out(&dir.fix(&["--undo"]));
    assert!(undone.contains("compose.yaml") && undone.contains("pod.yaml"), "{undone}");
    assert_eq!((dir.get("compose.yaml"), dir.get("pod.yaml")), (COMPOSE.to_owned(), POD.to_owned()));
    let nothing = dir.fix(&["--undo"]);
    assert!(nothing.status.code() == Some(3) && talk(&nothing).contains("nothing to undo"), "{nothing:?}");
}

#[test]
fn what_changed_since_is_not_taken_back() {
    let dir = Dir::new("since");
    dir.put("compose.yaml", COMPOSE);
    dir.put("pod.yaml", POD);
    out(&dir.fix(&[".", "--apply"]));
    let (compose, pod) = (dir.get("compose.yaml") + "# mine\r\n", dir.get("pod.yaml"));
    dir.put("compose.yaml", &compose);
    let undo = dir.fix(&["--undo", "."]);
    assert!(undo.status.code() == Some(2) && talk(&undo).contains("was changed since"), "{undo:?}");
    assert_eq!((dir.get("compose.yaml"), dir.get("pod.yaml")), (compose, pod), "none of them");
}

#[test]
fn only_what_was_asked_for() {
    let dir = Dir::new("asked");
    dir.put("compose.yaml", COMPOSE);
    let args = [".", "--try", "--check", "writable-root", "--apply"];
    out(&dir.fix(&args));
    assert_eq!(dir.get("compose.yaml"), format!("{COMPOSE}    read_only: true\r\n"));
    let none = out(&dir.fix(&[".", "--severity", "critical"]));
    assert!(none.starts_with("0 of 0 findings"), "{none}");
    let wrong = dir.fix(&[".", "--check", "nonsense"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn git_takes_the_patch() {
    let Some(git) = tyrian_lab::tool("git_takes_the_patch", "git") else { return };
    let dir = Dir::new("git");
    dir.put("compose.yaml", COMPOSE);
    dir.put("a b/pod.yaml", POD);
    dir.put("é\"x/Dockerfile", "FROM debian:12\nADD . /app\nCMD [\"/app/run\"]");
    let patch = out(&dir.fix(&[".", "--format", "patch", "--try"]));
    let mut git = Command::new(git);
    git.arg("apply").current_dir(dir.tree());
    let mut git = git.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    let done = git.wait_with_output().unwrap();
    assert!(done.status.success(), "{}\n{patch}", talk(&done));
    let by_git = ["compose.yaml", "a b/pod.yaml", "é\"x/Dockerfile"].map(|file| dir.get(file));
    let other = Dir::new("git-own");
    other.put("compose.yaml", COMPOSE);
    other.put("a b/pod.yaml", POD);
    other.put("é\"x/Dockerfile", "FROM debian:12\nADD . /app\nCMD [\"/app/run\"]");
    out(&other.fix(&[".", "--try", "--apply"]));
    assert_eq!(by_git, ["compose.yaml", "a b/pod.yaml", "é\"x/Dockerfile"].map(|file| other.get(file)));
    assert!(by_git[2].contains("COPY . /app\nUSER 65532:65532\nCMD"), "{}", by_git[2]);
}

#[test]
fn the_report_has_the_patch_of_each_finding() {
    let dir = Dir::new("json");
    dir.put("compose.yaml", COMPOSE);
    let json: serde_json::Value = serde_json::from_str(&out(&dir.fix(&[".", "--format", "json"]))).unwrap();
    assert_eq!(json["files"][0]["file"], "compose.yaml");
    let mends: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["mend"].as_str().unwrap())
        .collect();
    assert!(mends.contains(&"safe") && mends.contains(&"try") && mends.contains(&"person"), "{mends:?}");
    let mut scan = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    let scan = scan.args(["scan", "-q", "-f", "json", "."]).current_dir(dir.tree()).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&scan.stdout).unwrap();
    let of = |check: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["check"] == check).unwrap()["patch"].clone()
    };
    let patch = of("privilege-escalation-allowed");
    assert!(patch.as_str().unwrap().starts_with("--- a/compose.yaml\n+++ b/compose.yaml\n@@ "), "{patch}");
    assert!(of("memory-unlimited").is_null());
}

#[test]
fn what_has_no_file_is_said() {
    let dir = Dir::new("stdin");
    let mut rendered = dir.command(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    rendered.stdin.take().unwrap().write_all(POD.as_bytes()).unwrap();
    let said = out(&rendered.wait_with_output().unwrap());
    assert!(said.contains("rendered, on standard input"), "{said}");
    dir.put("pod.yaml", POD);
    let mut facts = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    let facts = facts.args(["facts", "collect", "-q", ".", "-o", "../facts.json"]).current_dir(dir.tree());
    assert!(facts.status().unwrap().success());
    let refused = dir.fix(&["facts:../facts.json", "--apply"]);
    assert!(refused.status.code() == Some(2) && talk(&refused).contains("no files"), "{refused:?}");
}

#[test]
fn a_mode_of_the_host_is_changed_and_taken_back() {
    let dir = Dir::new("mode");
    let file = dir.put("etc/docker/daemon.json", "{}");
    dir.put("etc/os-release", "ID=debian\nVERSION_ID=12\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
    let root = dir.tree();
    let args = ["host", "--root", root.to_str().unwrap(), "--check", "engine-file-writable"];
    let shown = out(&dir.fix(&args));
    assert!(shown.contains("mode 0666 becomes 0644") && mode() == 0o666, "{shown}");
    out(&dir.fix(&[&args[..], &["--apply"]].concat()));
    assert_eq!((mode(), dir.get("etc/docker/daemon.json").as_str()), (0o644, "{}"));
    out(&dir.fix(&["host", "--root", root.to_str().unwrap(), "--undo"]));
    assert_eq!(mode(), 0o666);
}

/// The fixed shop has nothing that is mended without asking; the faulty one, mended by all means, still reads whole.
#[test]
fn the_shop_is_mended() {
    let dir = Dir::new("shop");
    let shop = tyrian_lab::checkout().join("examples/shop/faulty");
    copy(&shop, &dir.tree());
    let before = out(&dir.fix(&["."]));
    let safe = out(&dir.fix(&[".", "--apply"]));
    assert!(safe.contains("compose.yaml: ") && safe.contains("deploy/base/web.yaml: "), "{safe}");
    let after = out(&dir.fix(&["."]));
    assert!(after.contains("0 of ") && before.len() > after.len(), "{after}");
    out(&dir.fix(&[".", "--try", "--apply"]));
    let last = out(&dir.fix(&[".", "--try"]));
    // What `privileged` hid comes to light when it is gone, and is mended by the next run.
    out(&dir.fix(&[".", "--try", "--apply"]));
    let rest = out(&dir.fix(&[".", "--try"]));
    assert!(rest.contains("0 of "), "{last}\n{rest}");
    for _ in 0..3 {
        out(&dir.fix(&["--undo"]));
    }
    for file in ["compose.yaml", "deploy/base/web.yaml", "docker/daemon.json", "db/Dockerfile"] {
        assert_eq!(dir.get(file), fs::read_to_string(shop.join(file)).unwrap(), "{file}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}

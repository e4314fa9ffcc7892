//! What `tyrian fix` changes still starts: Compose services and a Dockerfile on a real engine, daemon.json before a
//! real daemon.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tyrian_read::yaml::{self, Node, Value};

/// A directory and containers of a test, gone at its end.
struct Lab {
    path: PathBuf,
    docker: Option<(PathBuf, String)>,
    name: String,
}

impl Lab {
    fn new(name: &str, docker: Option<(PathBuf, String)>) -> Self {
        let name = format!("tyrian-fix-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(&name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Lab { path, docker, name }
    }
    fn docker(&self, args: &[&str]) -> Output {
        let (program, host) = self.docker.as_ref().unwrap();
        let mut docker = Command::new(program);
        docker.args(["--host", host]).args(args).env("DOCKER_BUILDKIT", "0").env("DOCKER_CONFIG", &self.path);
        docker.output().unwrap()
    }
    fn said(&self, args: &[&str]) -> String {
        let output = self.docker(args);
        assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
    fn fix(&self, args: &[&str]) {
        let mut fix = Command::new(env!("CARGO_BIN_EXE_tyrian"));
        fix.args(["fix", "-q", ".", "--apply"]).args(args).current_dir(&self.path);
        let output = fix.env("XDG_STATE_HOME", self.path.join("state")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if self.docker.is_some() {
            let found = self.docker(&["ps", "-aq", "--filter", &format!("label=tyrian-fix={}", self.name)]);
            for id in String::from_utf8_lossy(&found.stdout).split_whitespace() {
                self.docker(&["rm", "-f", id]);
            }
            self.docker(&["rmi", "-f", &self.name]);
        }
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn engine(test: &str) -> Option<(PathBuf, String)> {
    let engine = tyrian_lab::docker(test)?;
    let docker = tyrian_lab::tool(test, "docker")?;
    Some((docker, format!("unix://{}", engine.socket.display())))
}

const COMPOSE: &str = "\
# three of a kind
services:
  plain:
    image: tyrian-lab/busybox
    command: [sleep, '60']
  strong: # until it is known what it needs
    image: tyrian-lab/busybox
    command: [sleep, '60']
    user: '1000:1000'
    privileged: true
  open: {image: tyrian-lab/busybox, command: [sleep, '60'], security_opt: ['seccomp:unconfined'], cap_add: [SYS_ADMIN], pid: host}
";

/// The options of `docker run` that say what a service says.
fn options(service: &Node) -> Vec<String> {
    let Value::Map(entries) = &service.is else { panic!("{service:?}") };
    let mut options = vec!["--network".to_owned(), "none".into()];
    for (key, value) in entries {
        let items: Vec<&str> = match &value.is {
            Value::List(items) => items.iter().map(|item| item.scalar().unwrap()).collect(),
            _ => vec![value.scalar().unwrap_or_default()],
        };
        let option = match key.as_str() {
            "image" | "command" => continue,
            "user" | "pid" => format!("--{key}"),
            "security_opt" => "--security-opt".into(),
            "cap_drop" | "cap_add" | "pids_limit" => format!("--{}", key.replace('_', "-")),
            "privileged" | "read_only" => {
                options.push(format!("--{}={}", key.replace('_', "-"), items[0]));
                continue;
            }
            other => panic!("a setting that the test does not know: {other}"),
        };
        options.extend(items.into_iter().flat_map(|item| [option.clone(), item.to_owned()]));
    }
    options
}

#[test]
fn mended_services_start() {
    let Some(docker) = engine("mended_services_start") else { return };
    let lab = Lab::new("services", Some(docker));
    fs::write(lab.path.join("compose.yaml"), COMPOSE).unwrap();
    lab.fix(&["--try"]);
    let text = fs::read_to_string(lab.path.join("compose.yaml")).unwrap();
    let root = yaml::documents("compose.yaml", &text).unwrap().remove(0);
    let Value::Map(services) = &root.get("services").unwrap().is else { panic!("{text}") };
    for (name, service) in services {
        let options = options(service);
        let label = format!("tyrian-fix={}", lab.name);
        let mut args = vec!["run", "-d", "--label", &label];
        args.extend(options.iter().map(String::as_str));
        args.extend(["tyrian-lab/busybox", "sleep", "60"]);
        let id = lab.said(&args);
        let of = |format: &str| lab.said(&["inspect", "--format", format, &id]);
        assert_eq!(of("{{.State.Running}}"), "true", "{name}: {options:?}");
        assert_eq!(of("{{.HostConfig.Privileged}} {{.HostConfig.ReadonlyRootfs}}"), "false true", "{name}");
        assert_eq!(of("{{json .HostConfig.SecurityOpt}}"), "[\"no-new-privileges:true\"]", "{name}: {text}");
        assert_eq!(of("{{.HostConfig.CapAdd}} {{.HostConfig.PidMode}}"), "[]", "{name}: {text}");
        assert_eq!(of("{{.HostConfig.PidsLimit}}"), "1024", "{name}: {text}");
        let status = lab.said(&["exec", &id, "cat", "/proc/1/status"]);
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{name}: {status}");
    }
    assert!(text.contains("  strong: # until it is known what it needs\n"), "{text}");
}

#[test]
fn a_mended_dockerfile_builds_and_starts() {
    let Some(docker) = engine("a_mended_dockerfile_builds_and_starts") else { return };
    let lab = Lab::new("build", Some(docker));
    fs::write(lab.path.join("hello"), "hello\n").unwrap();
    let file = lab.path.join("Dockerfile");
    fs::write(&file, "FROM tyrian-lab/busybox:latest AS base\nADD hello /srv/hello\nRUN chmod 0666 /srv/hello\nFROM base\nUSER root\nCMD [\"sleep\", \"60\"]\n").unwrap();
    lab.fix(&["--try"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("COPY hello") && text.contains("chmod 0644") && text.contains("USER 65532"),
        "{text}"
    );
    lab.said(&["build", "-q", "-t", &lab.name, lab.path.to_str().unwrap()]);
    let label = format!("tyrian-fix={}", lab.name);
    let id = lab.said(&["run", "-d", "--network", "none", "--label", &label, &lab.name]);
    assert_eq!(lab.said(&["exec", &id, "cat", "/srv/hello"]), "hello");
    assert_eq!(lab.said(&["exec", &id, "id", "-u"]), "65532");
    assert_eq!(lab.said(&["exec", &id, "stat", "-c", "%a", "/srv/hello"]), "644");
}

/// A daemon of its own, that touches no network and keeps all in the test's folder; ended by its process id.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // Its containerd ends with it: the kernel sees to that.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

#[test]
fn a_daemon_starts_with_its_mended_settings() {
    let test = "a_daemon_starts_with_its_mended_settings";
    if !tyrian_lab::root(test) {
        return;
    }
    let (Some(dockerd), Some(docker)) = (tyrian_lab::tool(test, "dockerd"), tyrian_lab::tool(test, "docker"))
    else {
        return;
    };
    let mut lab = Lab::new("daemon", None);
    let file = lab.path.join("daemon.json");
    let (socket, here) = (lab.path.join("s"), lab.path.display());
    let host = format!("unix://{}", socket.display());
    let settings = format!(
        "{{\n    \"hosts\": [\"{host}\"], \"data-root\": \"{here}/data\", \"exec-root\": \"{here}/run\",\n    \"pidfile\": \"{here}/pid\",\n    \"bridge\": \"none\", \"iptables\": false, \"ip-forward\": false, \"ip6tables\": false,\n    \"storage-driver\": \"vfs\",\n    \"log-level\": \"debug\",\n    \"experimental\": true\n}}\n"
    );
    fs::write(&file, settings).unwrap();
    lab.fix(&[]);
    lab.fix(&["--try", "--check", "experimental-engine", "--check", "userland-proxy"]);
    let text = fs::read_to_string(&file).unwrap();
    for line in ["\"live-restore\": true", "\"log-level\": \"info\"", "\"userland-proxy\": false"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("experimental"), "{text}");
    let log = fs::File::create(lab.path.join("log")).unwrap();
    let mut daemon = Command::new(dockerd);
    daemon.arg("--config-file").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut daemon = Daemon(daemon.spawn().unwrap());
    lab.docker = Some((docker, host));
    let format = "{{.LiveRestoreEnabled}} {{.ExperimentalBuild}} {{.SecurityOptions}}";
    let said = (0..150).find_map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        let info = lab.docker(&["info", "--format", format]);
        let ended = daemon.0.try_wait().unwrap().is_some();
        assert!(!ended, "{}", fs::read_to_string(lab.path.join("log")).unwrap());
        info.status.success().then(|| String::from_utf8(info.stdout).unwrap())
    });
    lab.docker = None;
    drop(daemon);
    let said = said.unwrap_or_default();
    assert!(said.starts_with("true false"), "{said}\n{text}");
}

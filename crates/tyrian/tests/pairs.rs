//! For each check of a container two real ones, with the fault and without: the engine's own view, the kernel's and
//! ours agree, and the check fires on the one and not on the other.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod real;

use real::{checks_of, docker, endpoint, scan};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

type Options = &'static [&'static str];

/// A check, the options of a container that it fires on, and of one that it is silent on.
struct Pair {
    check: &'static str,
    bad: Options,
    good: Options,
    /// Does the engine's answer show the fault?
    engine: fn(&Value) -> bool,
    /// Does /proc/PID show it? Nothing where the kernel has no such thing; such containers are not started.
    kernel: Option<fn(&Path) -> bool>,
}

const PAIRS: &[Pair] = &[
    Pair {
        check: "privileged-container",
        bad: &["--privileged"],
        good: &[],
        engine: |it| it["HostConfig"]["Privileged"] == true,
        kernel: Some(|proc| has_capability(proc, 21) && has_capability(proc, 16)),
    },
    Pair {
        check: "dangerous-capability",
        bad: &["--cap-add", "SYS_PTRACE"],
        good: &[],
        engine: |it| lists(&it["HostConfig"]["CapAdd"], "SYS_PTRACE"),
        kernel: Some(|proc| has_capability(proc, 19)),
    },
    Pair {
        check: "added-capability",
        bad: &["--cap-add", "NET_ADMIN"],
        good: &["--cap-add", "IPC_LOCK"],
        engine: |it| lists(&it["HostConfig"]["CapAdd"], "NET_ADMIN"),
        kernel: Some(|proc| has_capability(proc, 12)),
    },
    Pair {
        check: "capabilities-not-dropped",
        bad: &[],
        good: &["--cap-drop", "ALL", "--cap-add", "CHOWN"],
        engine: |it| !lists(&it["HostConfig"]["CapDrop"], "ALL"),
        kernel: Some(|proc| has_capability(proc, 13)),
    },
    Pair {
        check: "seccomp-unconfined",
        bad: &["--security-opt", "seccomp=unconfined"],
        good: &[],
        engine: |it| lists(&it["HostConfig"]["SecurityOpt"], "seccomp=unconfined"),
        kernel: Some(|proc| status(proc, "Seccomp") == "0"),
    },
    Pair {
        check: "seccomp-dangerous-calls",
        bad: &["--security-opt", "seccomp=OPEN.json"],
        good: &["--security-opt", "seccomp=SHUT.json"],
        engine: |it| !it["HostConfig"]["SecurityOpt"].to_string().contains("unshare"),
        kernel: Some(|proc| status(proc, "Seccomp") == "2" && makes_users(proc)),
    },
    Pair {
        check: "privilege-escalation-allowed",
        bad: &[],
        good: &["--security-opt", "no-new-privileges"],
        engine: |it| !lists(&it["HostConfig"]["SecurityOpt"], "no-new-privileges"),
        kernel: Some(|proc| status(proc, "NoNewPrivs") == "0"),
    },
    Pair {
        check: "unmasked-paths",
        bad: &["--security-opt", "systempaths=unconfined"],
        good: &[],
        engine: |it| it["HostConfig"]["MaskedPaths"].as_array().is_none_or(Vec::is_empty),
        kernel: Some(|proc| mount_options(proc, "/proc/sys").is_none()),
    },
    Pair {
        check: "writable-root",
        bad: &[],
        good: &["--read-only"],
        engine: |it| it["HostConfig"]["ReadonlyRootfs"] == false,
        kernel: Some(|proc| mount_options(proc, "/").is_some_and(|options| options.starts_with("rw"))),
    },
    Pair {
        check: "executable-tmpfs",
        bad: &["--tmpfs", "/t:rw,exec"],
        good: &["--tmpfs", "/t"],
        engine: |it| it["HostConfig"]["Tmpfs"]["/t"] == "rw,exec",
        kernel: Some(|proc| mount_options(proc, "/t").is_some_and(|options| !options.contains("noexec"))),
    },
    Pair {
        check: "root-user",
        bad: &[],
        good: &["--user", "65534:65534"],
        engine: |it| it["Config"]["User"] == "",
        kernel: Some(|proc| status(proc, "Uid").starts_with("0\t")),
    },
    Pair {
        check: "root-group",
        bad: &["--user", "65534:65534", "--group-add", "0"],
        good: &["--user", "65534:65534", "--group-add", "44"],
        engine: |it| lists(&it["HostConfig"]["GroupAdd"], "0"),
        kernel: Some(|proc| status(proc, "Groups").split_whitespace().any(|group| group == "0")),
    },
    Pair {
        check: "dangerous-group",
        bad: &["--user", "65534:65534", "--group-add", "6"],
        good: &["--user", "65534:65534", "--group-add", "44"],
        engine: |it| lists(&it["HostConfig"]["GroupAdd"], "6"),
        kernel: Some(|proc| status(proc, "Groups").split_whitespace().any(|group| group == "6")),
    },
    Pair {
        check: "host-pid-namespace",
        bad: &["--pid", "host"],
        good: &[],
        engine: |it| it["HostConfig"]["PidMode"] == "host",
        kernel: Some(|proc| shares(proc, "pid")),
    },
    Pair {
        check: "host-ipc-namespace",
        bad: &["--ipc", "host"],
        good: &[],
        engine: |it| it["HostConfig"]["IpcMode"] == "host",
        kernel: Some(|proc| shares(proc, "ipc")),
    },
    Pair {
        check: "host-uts-namespace",
        bad: &["--uts", "host"],
        good: &[],
        engine: |it| it["HostConfig"]["UTSMode"] == "host",
        kernel: Some(|proc| shares(proc, "uts")),
    },
    Pair {
        check: "host-network-namespace",
        bad: &["--network", "host"],
        good: &["--network", "none"],
        engine: |it| it["HostConfig"]["NetworkMode"] == "host",
        kernel: Some(|proc| shares(proc, "net")),
    },
    Pair {
        check: "host-user-namespace",
        bad: &["--userns", "host"],
        good: &[],
        engine: |it| it["HostConfig"]["UsernsMode"] == "host",
        kernel: None,
    },
    Pair {
        check: "joined-namespace",
        bad: &["--network", "container:zoo-default"],
        good: &["--network", "none"],
        engine: |it| it["HostConfig"]["NetworkMode"].as_str().unwrap().starts_with("container:"),
        kernel: None,
    },
    Pair {
        check: "default-bridge-used",
        bad: &["--network", "bridge"],
        good: &["--network", "none"],
        engine: |it| !it["NetworkSettings"]["Networks"]["bridge"].is_null(),
        kernel: None,
    },
    Pair {
        check: "memory-unlimited",
        bad: &[],
        good: &["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"],
        engine: |it| it["HostConfig"]["Memory"] == 0,
        kernel: None,
    },
    Pair {
        check: "cpu-unlimited",
        bad: &[],
        good: &["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"],
        engine: |it| it["HostConfig"]["NanoCpus"] == 0,
        kernel: None,
    },
    Pair {
        check: "pids-unlimited",
        bad: &[],
        good: &["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"],
        engine: |it| it["HostConfig"]["PidsLimit"].as_i64().is_none_or(|limit| limit <= 0),
        kernel: None,
    },
    Pair {
        check: "ulimit-removed",
        bad: &["--ulimit", "core=-1"],
        good: &["--ulimit", "core=0"],
        engine: |it| it["HostConfig"]["Ulimits"][0]["Hard"] == -1,
        kernel: Some(|proc| {
            let limits = fs::read_to_string(proc.join("limits")).unwrap();
            limits.lines().any(|line| line.starts_with("Max core file size") && line.contains("unlimited"))
        }),
    },
    Pair {
        check: "own-cgroup-parent",
        bad: &["--cgroup-parent", "/tyrian-pairs"],
        good: &[],
        engine: |it| it["HostConfig"]["CgroupParent"] != "",
        kernel: Some(|proc| fs::read_to_string(proc.join("cgroup")).unwrap().contains("/tyrian-pairs/")),
    },
    Pair {
        check: "unsafe-sysctl",
        bad: &["--sysctl", "net.ipv4.conf.all.accept_redirects=1"],
        good: &["--sysctl", "net.ipv4.ip_unprivileged_port_start=0"],
        engine: |it| it["HostConfig"]["Sysctls"].to_string().contains("accept_redirects"),
        kernel: None,
    },
    Pair {
        check: "engine-socket-mounted",
        bad: &["-v", "HERE/docker.sock:/run/docker.sock:ro"],
        good: &["-v", "HERE/data:/data"],
        engine: |it| it["Mounts"][0]["Source"].as_str().unwrap().ends_with("docker.sock"),
        kernel: Some(|proc| mount_options(proc, "/run/docker.sock").is_some()),
    },
    Pair {
        check: "key-agent-mounted",
        bad: &["-v", "HERE/ssh-agent.sock:/agent"],
        good: &["-v", "HERE/data:/data"],
        engine: |it| it["Mounts"][0]["Source"].as_str().unwrap().ends_with("ssh-agent.sock"),
        kernel: Some(|proc| mount_options(proc, "/agent").is_some()),
    },
    Pair {
        check: "dangerous-host-path",
        bad: &["-v", "/etc:/host"],
        good: &["-v", "HERE/data:/data"],
        engine: |it| it["Mounts"][0]["Source"] == "/etc",
        kernel: Some(|proc| mount_options(proc, "/host").is_some_and(|options| options.starts_with("rw"))),
    },
    Pair {
        check: "readable-host-path",
        bad: &["-v", "/etc:/host:ro"],
        good: &["-v", "/etc/hostname:/host:ro"],
        engine: |it| it["Mounts"][0]["Source"] == "/etc",
        kernel: None,
    },
    Pair {
        check: "host-log-directory-writable",
        bad: &["-v", "/var/log:/logs"],
        good: &["-v", "/var/log:/logs:ro"],
        engine: |it| it["Mounts"][0]["RW"] == true,
        kernel: Some(|proc| mount_options(proc, "/logs").is_some_and(|options| options.starts_with("rw"))),
    },
    Pair {
        check: "shared-mount-propagation",
        bad: &["-v", "HERE/data:/data:shared"],
        good: &["-v", "HERE/data:/data"],
        engine: |it| it["Mounts"][0]["Propagation"] == "shared",
        kernel: None,
    },
    Pair {
        check: "dangerous-device",
        bad: &["--device-cgroup-rule", "b *:* rwm"],
        good: &["--device", "/dev/null:/dev/nothing"],
        engine: |it| !it["HostConfig"]["DeviceCgroupRules"].is_null(),
        kernel: None,
    },
    Pair {
        check: "host-device",
        bad: &["--device", "/dev/net/tun"],
        good: &["--device", "/dev/null:/dev/nothing"],
        engine: |it| it["HostConfig"]["Devices"][0]["PathOnHost"] == "/dev/net/tun",
        kernel: None,
    },
    Pair {
        check: "port-on-all-addresses",
        bad: &["-p", "18087:8080"],
        good: &["-p", "127.0.0.1:18087:8080"],
        engine: |it| it["HostConfig"]["PortBindings"]["8080/tcp"][0]["HostIp"] == "",
        kernel: None,
    },
    Pair {
        check: "exposed-without-sandbox",
        bad: &["-p", "18087:8080"],
        good: &["-p", "127.0.0.1:18087:8080"],
        engine: |it| it["HostConfig"]["PortBindings"]["8080/tcp"][0]["HostIp"] == "",
        kernel: None,
    },
    Pair {
        check: "data-service-published",
        bad: &["-p", "15432:5432"],
        good: &["-p", "127.0.0.1:15432:5432"],
        engine: |it| it["HostConfig"]["PortBindings"]["5432/tcp"][0]["HostIp"] == "",
        kernel: None,
    },
    Pair {
        check: "privileged-host-port",
        bad: &["-p", "127.0.0.1:587:8080"],
        good: &["-p", "127.0.0.1:18087:8080"],
        engine: |it| it["HostConfig"]["PortBindings"]["8080/tcp"][0]["HostPort"] == "587",
        kernel: None,
    },
    Pair {
        check: "ssh-server",
        bad: &["-p", "127.0.0.1:18022:22"],
        good: &["-p", "127.0.0.1:18087:8080"],
        engine: |it| !it["HostConfig"]["PortBindings"]["22/tcp"].is_null(),
        kernel: None,
    },
    Pair {
        check: "secret-in-container",
        bad: &["-e", "DB_PASSWORD=Kx7-marble-otter-2291"],
        good: &["-e", "DB_PASSWORD_FILE=/run/secrets/db"],
        engine: |it| it["Config"]["Env"].to_string().contains("marble"),
        kernel: Some(|proc| {
            String::from_utf8_lossy(&fs::read(proc.join("environ")).unwrap()).contains("marble")
        }),
    },
    Pair {
        check: "secret-in-label",
        bad: &["--label", "db.password=Kx7-marble-otter-2291"],
        good: &["--label", "team=shop"],
        engine: |it| it["Config"]["Labels"].to_string().contains("marble"),
        kernel: None,
    },
    Pair {
        check: "health-check-missing",
        bad: &[],
        good: &["--health-cmd", "true", "--health-interval", "1h"],
        engine: |it| it["Config"]["Healthcheck"].is_null(),
        kernel: None,
    },
    Pair {
        check: "endless-restart",
        bad: &["--restart", "unless-stopped"],
        good: &["--restart", "on-failure:3"],
        engine: |it| it["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped",
        kernel: None,
    },
    Pair {
        check: "log-driver-none",
        bad: &["--log-driver", "none"],
        good: &["--log-driver", "json-file", "--log-opt", "max-size=1m"],
        engine: |it| it["HostConfig"]["LogConfig"]["Type"] == "none",
        kernel: None,
    },
    Pair {
        check: "unrotated-container-log",
        bad: &["--log-driver", "json-file"],
        good: &["--log-driver", "json-file", "--log-opt", "max-size=1m"],
        engine: |it| it["HostConfig"]["LogConfig"]["Config"]["max-size"].is_null(),
        kernel: None,
    },
];

/// Lets through every call but one, so that much is open.
const OPEN: &str =
    r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}"#;

/// Lets through what it does not name, and names what the default profile stops.
const SHUT: &str = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree",
        "pivot_root", "umount2", "setns", "unshare", "add_key", "keyctl", "request_key", "bpf", "create_module",
        "delete_module", "finit_module", "init_module", "kexec_file_load", "kexec_load", "io_uring_enter",
        "io_uring_register", "io_uring_setup", "perf_event_open", "userfaultfd", "open_by_handle_at", "ioperm", "iopl",
        "reboot", "settimeofday", "clock_settime", "swapoff", "swapon", "syslog"], "action": "SCMP_ACT_ERRNO"}]}"#;

fn lists(list: &Value, name: &str) -> bool {
    let is = |item: &Value| item.as_str().is_some_and(|text| text.trim_start_matches("CAP_") == name);
    list.as_array().is_some_and(|items| items.iter().any(is))
}

fn status(proc: &Path, name: &str) -> String {
    let text = fs::read_to_string(proc.join("status")).unwrap();
    let value = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned());
    text.lines().find_map(value).unwrap()
}

fn has_capability(proc: &Path, bit: u32) -> bool {
    u64::from_str_radix(&status(proc, "CapBnd"), 16).unwrap() >> bit & 1 == 1
}

fn shares(proc: &Path, namespace: &str) -> bool {
    let link = |process: &Path| fs::read_link(process.join("ns").join(namespace)).unwrap();
    link(proc) == link(Path::new("/proc/self"))
}

/// The options of what is mounted there in the container.
fn mount_options(proc: &Path, point: &str) -> Option<String> {
    let mounts = fs::read_to_string(proc.join("mountinfo")).unwrap();
    let fields = |line: &str| -> Option<(String, String)> {
        let mut fields = line.split(' ').skip(4);
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    };
    mounts.lines().rev().filter_map(fields).find(|(at, _)| at == point).map(|(_, options)| options)
}

/// Can a process of the container make a user namespace? The container shows it itself, in its log.
fn makes_users(proc: &Path) -> bool {
    let log = proc.join("root/tmp/made");
    for _ in 0..100 {
        if let Ok(text) = fs::read_to_string(&log)
            && text.ends_with('\n')
        {
            return text.trim() == "0";
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{} was not written", log.display())
}

/// Removes what was made, whatever becomes of the test.
struct Made<'e> {
    engine: &'e tyrian_lab::Docker,
    label: String,
    folder: PathBuf,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        let names = docker(self.engine, &["ps", "-aq", "--filter", &format!("label={}", self.label)]);
        let names: Vec<&str> = names.lines().collect();
        let remove = |part: &[&str]| docker(self.engine, &[&["rm", "-f"], part].concat());
        at_once(&names, |part| drop(remove(part)));
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Does the same with parts of all at once: the engine waits more than it works.
fn at_once<T: Sync>(all: &[T], each: impl Fn(&[T]) + Sync) {
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(12).max(1)) {
            let each = &each;
            scope.spawn(move || each(part));
        }
    });
}

#[test]
fn each_fault_is_found_where_it_is_and_nowhere_else() {
    let test = "each_fault_is_found_where_it_is_and_nowhere_else";
    let Some(engine) = tyrian_lab::docker(test) else { return };
    if !tyrian_lab::root(test) {
        return;
    }
    let id = std::process::id();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pairs-{id}"));
    let made = Made { engine: &engine, label: format!("tyrian.pairs={id}"), folder: folder.clone() };
    fs::create_dir_all(folder.join("data")).unwrap();
    for (name, text) in
        [("OPEN.json", OPEN), ("SHUT.json", SHUT), ("docker.sock", ""), ("ssh-agent.sock", "")]
    {
        fs::write(folder.join(name), text).unwrap();
    }

    // Containers with the same options are one.
    let mut wanted: BTreeMap<Options, (String, bool)> = BTreeMap::new();
    for pair in PAIRS {
        for options in [pair.bad, pair.good] {
            let name = format!("tyrian-pair-{id}-{}", wanted.len());
            wanted.entry(options).or_insert((name, false)).1 |= pair.kernel.is_some();
        }
    }
    let make = |options: Options, name: &str, runs: bool| {
        let mut arguments = vec![if runs { "run" } else { "create" }, "--name", name, "--label", &made.label];
        if runs {
            arguments.push("-d");
            // A bridge costs more time than all the rest, and those that are about the network name theirs.
            if !options.contains(&"--network") {
                arguments.extend(["--network", "none"]);
            }
        }
        let here = folder.to_str().unwrap();
        let options: Vec<String> = options
            .iter()
            .map(|option| match option.strip_prefix("seccomp=").filter(|file| file.ends_with(".json")) {
                Some(file) => format!("seccomp={here}/{file}"),
                None => option.replace("HERE", here),
            })
            .collect();
        arguments.extend(options.iter().map(String::as_str));
        let tries = "mkdir -p /tmp; unshare -U true 2>/dev/null; echo $? >/tmp/made; exec sleep 600";
        let is_profile = options.iter().any(|option| option.ends_with(".json"));
        arguments.push("tyrian-lab/busybox");
        arguments.extend(if is_profile { vec!["sh", "-c", tries] } else { vec!["sleep", "600"] });
        docker(&engine, &arguments);
    };
    let queue: Vec<_> = wanted.iter().collect();
    at_once(&queue, |part| part.iter().for_each(|(options, (name, runs))| make(options, name, *runs)));

    let mut names = vec!["inspect"];
    names.extend(wanted.values().map(|(name, _)| name.as_str()));
    let answers: Vec<Value> = serde_json::from_str(&docker(&engine, &names)).unwrap();
    let answer = |name: &str| answers.iter().find(|it| it["Name"] == format!("/{name}")).unwrap();
    let report = scan(&["docker", "--docker-host", &endpoint(&engine)]);
    let mut wrong = Vec::new();
    for pair in PAIRS {
        for (options, faulty) in [(pair.bad, true), (pair.good, false)] {
            let name = &wanted[options].0;
            let it = answer(name);
            let mut say = |who: &str, found: bool| {
                if found != faulty {
                    wrong.push(format!("{}: {who} says {found} of {options:?}", pair.check));
                }
            };
            say("the engine", (pair.engine)(it));
            if let Some(kernel) = pair.kernel {
                let proc = PathBuf::from(format!("/proc/{}", it["State"]["Pid"]));
                say("the kernel", kernel(&proc));
            }
            say("tyrian", checks_of(&report, &format!("/container:{name}")).contains(pair.check));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

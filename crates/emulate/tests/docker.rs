//! Clones by a real engine: the one whose socket `TYRIAN_LAB_DOCKER` names (`lab/docker up`, `lab/images`).
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tyrian_collect::docker::Endpoint;
use tyrian_emulate::call::{call, holds, open, read};
use tyrian_emulate::clone::docker::Docker;
use tyrian_emulate::clone::{Driver, Job, Neighbour, Trouble};
use tyrian_emulate::probe::Report;
use tyrian_emulate::program::{Memory, Program, Step, encode};
use tyrian_emulate::setting::{HOST_DIRECTORY, RUNTIME_SOCKET, loosest};
use tyrian_emulate::spec::*;

/// The lab's image with a shell.
const BUSYBOX: &str = "tyrian-lab/busybox";
const CANARY: &str = "canary-of-a-test";

fn lab(test: &str) -> Option<Endpoint> {
    tyrian_lab::docker(test).map(|docker| Endpoint::Unix(docker.socket))
}

fn mark() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("tyrian-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
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

/// What there is of one mark.
fn there(endpoint: &Endpoint, mark: &str) -> Vec<String> {
    let label = format!("label=tyrian.purple={mark}");
    let mut all = Vec::new();
    for list in [
        vec!["ps", "-aq", "--filter", &label],
        vec!["network", "ls", "-q", "--filter", &label],
        vec!["volume", "ls", "-q", "--filter", &label],
        vec!["images", "-aq", "--filter", &label],
    ] {
        all.extend(docker(endpoint, &list).lines().map(|id| format!("{} {id}", list[0])));
    }
    all
}

/// A plan of one step.
fn one(step: Step) -> Program {
    Program { shared: Vec::new(), steps: vec![step] }
}

struct Clones {
    driver: Driver,
    mark: String,
    next: AtomicU32,
}

impl Clones {
    fn new(endpoint: &Endpoint) -> Clones {
        let mark = mark();
        let driver = Driver::Docker(Docker::connect(endpoint, &mark, CANARY).unwrap());
        Clones { driver, mark, next: AtomicU32::new(0) }
    }
    fn job(&self, spec: &Spec, programs: &[Program]) -> Job {
        let name = format!("{}-{}", self.mark, self.next.fetch_add(1, Ordering::Relaxed));
        Job { name, spec: spec.clone(), plan: encode(programs, 5).unwrap(), limit: Duration::from_secs(20) }
    }
    /// A neighbour that listens on a port and waits.
    fn neighbour(&mut self) -> Neighbour {
        let listens = Program {
            shared: Vec::new(),
            steps: vec![
                call(
                    "socket",
                    libc::SYS_socket,
                    vec![libc::AF_INET.into(), libc::SOCK_STREAM.into(), 0.into()],
                )
                .named("socket"),
                call(
                    "bind",
                    libc::SYS_bind,
                    vec![
                        tyrian_emulate::call::result("socket"),
                        Memory::new().u16(2).raw(&7411u16.to_be_bytes()).u32(0).u64(0).into(),
                        16.into(),
                    ],
                ),
                call("listen", libc::SYS_listen, vec![tyrian_emulate::call::result("socket"), 8.into()]),
                call("pause", libc::SYS_ppoll, vec![0.into(), 0.into(), 0.into(), 0.into(), 0.into()]),
            ],
        };
        let spec = Spec { network: Network::Lab, read_only_sys: true, ..Spec::default() };
        let mut job = self.job(&spec, &[listens]);
        job.name = format!("{}-neighbour", self.mark);
        self.driver.start_neighbour(&job).unwrap()
    }
    fn results(&self, spec: &Spec, steps: Vec<Step>) -> Vec<i64> {
        let programs: Vec<Program> = steps.into_iter().map(one).collect();
        let output = self.driver.run(&self.job(spec, &programs)).unwrap();
        let report = Report::read(&output, programs.len());
        assert!(report.whole, "{}", String::from_utf8_lossy(&output));
        report.programs.iter().map(|program| program.results[&0]).collect()
    }
}

/// As Docker runs a container by default, with a filter that is told.
fn ordinary(image: &str) -> Spec {
    let names: BTreeSet<String> = [
        "CHOWN",
        "DAC_OVERRIDE",
        "FSETID",
        "FOWNER",
        "MKNOD",
        "NET_RAW",
        "SETGID",
        "SETUID",
        "SETFCAP",
        "SETPCAP",
        "NET_BIND_SERVICE",
        "SYS_CHROOT",
        "KILL",
        "AUDIT_WRITE",
    ]
    .map(str::to_owned)
    .into();
    Spec {
        image: Image::Engine(image.into()),
        capabilities: Capabilities::of_root(&names),
        seccomp: Filter::EngineDefault,
        masked_paths: vec!["/proc/keys".into(), "/sys/firmware".into()],
        read_only_paths: vec!["/proc/sys".into()],
        read_only_sys: true,
        namespaces: [Namespace::Pid, Namespace::Ipc, Namespace::Uts].into(),
        network: Network::Lab,
        ..Spec::default()
    }
}

fn writes(path: &str) -> Step {
    open(path, libc::O_WRONLY)
}
fn reads(path: &str) -> Step {
    open(path, libc::O_RDONLY)
}
fn makes(path: &str) -> Step {
    call(
        "openat",
        libc::SYS_openat,
        vec![libc::AT_FDCWD.into(), path.into(), (libc::O_CREAT | libc::O_WRONLY).into(), 0o600.into()],
    )
}

#[test]
fn a_clone_is_what_its_spec_says() {
    let Some(endpoint) = lab("a_clone_is_what_its_spec_says") else { return };
    let mut clones = Clones::new(&endpoint);
    let neighbour = clones.neighbour();
    assert!(neighbour.process.is_some() && !neighbour.address.is_loopback());
    let core = "/proc/sys/kernel/core_pattern";
    let base = ordinary(BUSYBOX);
    let ran = clones.results(
        &base,
        vec![
            makes("/x"),
            writes(core),
            reads("/proc/keys"),
            call("sethostname", libc::SYS_sethostname, vec!["x".into(), 1.into()]),
        ],
    );
    assert!(ran[0] >= 0, "root of its own writes: {ran:?}");
    assert_eq!(ran[1], -i64::from(libc::EROFS));
    assert!(ran[2] >= 0, "masked: /dev/null stands there");
    assert_eq!(ran[3], -i64::from(libc::EPERM));
    let twin = loosest(&base, &BTreeSet::new());
    println!(
        "{:?}",
        clones.results(
            &twin,
            vec![
                makes("/x"),
                writes(core),
                makes(&format!("{HOST_DIRECTORY}/x")),
                writes("/sys/kernel/uevent_helper"),
                reads("/dev/kmsg"),
                reads("/sys/fs/cgroup")
            ]
        )
    );
    let _ = (holds("a", b""), read("a", "b", 1), RUNTIME_SOCKET, Trouble::TooLong);
    let mark = clones.mark.clone();
    drop(clones);
    assert_eq!(there(&endpoint, &mark), Vec::<String>::new());
}

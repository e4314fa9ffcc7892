//! Clones by a real engine: the one whose socket `TYRIAN_LAB_DOCKER` names (`lab/docker up`, `lab/images`, `lab/zoo up`).
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tyrian_collect::docker::Endpoint;
use tyrian_emulate::call::{
    call, connect_unix, holds, open, primitive, read, repeat, result, shared, socket, write,
};
use tyrian_emulate::clone::docker::Docker;
use tyrian_emulate::clone::{Driver, Job, Neighbour, Trouble};
use tyrian_emulate::neighbour;
use tyrian_emulate::probe::Report;
use tyrian_emulate::program::{Memory, Program, Step, encode};
use tyrian_emulate::setting::{HOST_DIRECTORY, RUNTIME_SOCKET, loosest};
use tyrian_emulate::spec::{
    Capabilities, Filter, Image, Limits, Mount, MountKind, Namespace, Network, Profile, Rule, Spec, User,
};
use tyrian_emulate::target::docker as target;
use tyrian_model::workload::CAPABILITIES;

/// The lab's image with a shell, which starts faster than others.
const BUSYBOX: &str = "tyrian-lab/busybox";
const CANARY: &str = "canary-of-a-test";

const EPERM: i64 = -(libc::EPERM as i64);
const EACCES: i64 = -(libc::EACCES as i64);
const EROFS: i64 = -(libc::EROFS as i64);
const ENOENT: i64 = -(libc::ENOENT as i64);

fn lab(test: &str) -> Option<Endpoint> {
    tyrian_lab::docker(test).map(|docker| Endpoint::Unix(docker.socket))
}

/// A word that no other run uses.
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

/// What the engine has of a run, and what this machine has.
fn left(endpoint: &Endpoint, mark: &str) -> Vec<String> {
    let mut left = Vec::new();
    for list in [
        ["ps", "-a", "--format", "{{.Names}}"],
        ["network", "ls", "--format", "{{.Name}}"],
        ["volume", "ls", "--format", "{{.Name}}"],
    ] {
        left.extend(docker(endpoint, &list).lines().map(str::to_owned));
    }
    let labels = ["images", "-q", "--filter", "label=tyrian.purple"];
    for id in docker(endpoint, &labels).lines() {
        left.push(docker(
            endpoint,
            &["inspect", "-f", r#"{{index .Config.Labels "tyrian.purple"}} {{.Id}}"#, id],
        ));
    }
    left.extend(std::fs::read_to_string("/proc/self/mounts").unwrap().lines().map(str::to_owned));
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        if line.starts_with(b"/.tyrian/probe") {
            left.push(String::from_utf8_lossy(&line).replace('\0', " "));
        }
    }
    left.retain(|line| line.contains(mark));
    left
}

struct Clones {
    driver: Driver,
    mark: String,
    next: AtomicU32,
}

impl Clones {
    fn new(endpoint: &Endpoint) -> Clones {
        let mark = mark();
        let driver = Driver::Docker(Box::new(Docker::connect(endpoint, &mark, CANARY).unwrap()));
        Clones { driver, mark, next: AtomicU32::new(0) }
    }
    fn with_neighbour(endpoint: &Endpoint) -> (Clones, Neighbour) {
        let mut clones = Clones::new(endpoint);
        let job = neighbour::job(&clones.mark, CANARY, &Image::Empty, clones.driver.holds_neighbour());
        let neighbour = clones.driver.start_neighbour(&job).unwrap();
        (clones, neighbour)
    }
    fn job(&self, spec: &Spec, programs: &[Program]) -> Job {
        let name = format!("{}-{}", self.mark, self.next.fetch_add(1, Ordering::Relaxed));
        Job { name, spec: spec.clone(), plan: encode(programs, 5).unwrap(), limit: Duration::from_secs(30) }
    }
    /// What the last step of each program came to.
    fn outcomes(&self, spec: &Spec, programs: &[Program]) -> Vec<i64> {
        let output = self.driver.run(&self.job(spec, programs)).unwrap();
        let report = Report::read(&output, programs.len());
        assert!(report.whole, "{}", String::from_utf8_lossy(&output));
        report.programs.iter().map(|program| *program.results.values().next_back().unwrap()).collect()
    }
    /// The same, for programs of one step.
    fn results(&self, spec: &Spec, steps: Vec<Step>) -> Vec<i64> {
        let programs: Vec<Program> = steps.into_iter().map(|step| program(vec![step])).collect();
        self.outcomes(spec, &programs)
    }
}

fn program(steps: Vec<Step>) -> Program {
    Program { shared: Vec::new(), steps }
}

/// Is the canary in that file?
fn finds_canary(path: &str) -> Program {
    Program {
        shared: vec![("text", Memory::zeros(64))],
        steps: vec![
            open(path, libc::O_RDONLY).named("file"),
            read("file", "text", 64),
            primitive(holds("text", CANARY.as_bytes())),
        ],
    }
}

/// As Docker runs a container by default, but for its filter.
fn ordinary() -> Spec {
    let names = [
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
    ];
    Spec {
        image: Image::Engine(BUSYBOX.into()),
        capabilities: Capabilities::of_root(&names.map(str::to_owned).into()),
        seccomp: Filter::EngineDefault,
        masked_paths: vec!["/proc/keys".into(), "/sys/firmware".into()],
        read_only_paths: vec!["/proc/sys".into()],
        read_only_sys: true,
        namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Uts]),
        network: Network::Lab,
        ..Spec::default()
    }
}

fn hardened() -> Spec {
    Spec {
        read_only_root: true,
        user: User { uid: 65534, gid: 65534, groups: vec![7, 8] },
        capabilities: Capabilities::default(),
        no_new_privileges: true,
        limits: Limits { memory: Some(64 << 20), pids: Some(16), cpu: Some(500) },
        network: Network::None,
        mounts: vec![
            mount(MountKind::Tmpfs(Some(1 << 20)), "/tmp"),
            mount(MountKind::Directory { of: "data".into(), host: false }, "/data"),
        ],
        ..ordinary()
    }
}

fn mount(kind: MountKind, target: &str) -> Mount {
    let tmpfs = matches!(kind, MountKind::Tmpfs(_));
    Mount { kind, target: target.into(), read_only: false, executable: !tmpfs, setuid: !tmpfs }
}

/// The weakened twin, with what this engine can give.
fn twin(clones: &Clones, spec: &Spec) -> Spec {
    loosest(spec, &clones.driver.capabilities().unwrap())
}

fn writes(path: &str) -> Step {
    open(path, libc::O_WRONLY)
}
fn reads(path: &str) -> Step {
    open(path, libc::O_RDONLY)
}
fn makes(path: &str) -> Step {
    open(path, libc::O_WRONLY | libc::O_CREAT)
}
fn names_the_host() -> Step {
    call("sethostname", libc::SYS_sethostname, vec!["x".into(), 1.into()])
}
fn sees_neighbour() -> Step {
    reads(&format!("/proc/{}/status", tyrian_emulate::attack::NEIGHBOUR_PROCESS))
}

#[test]
fn a_default_container_its_twin_and_a_hardened_one_are_what_their_specs_say() {
    let test = "a_default_container_its_twin_and_a_hardened_one_are_what_their_specs_say";
    let Some(endpoint) = lab(test) else { return };
    let (clones, neighbour) = Clones::with_neighbour(&endpoint);
    assert!(neighbour.process.is_some() && neighbour.address.is_private());
    let canary = format!("{HOST_DIRECTORY}/canary");
    let steps = || {
        vec![
            makes("/x"),
            writes("/proc/sys/kernel/core_pattern"),
            writes("/sys/fs/cgroup/pids/tasks"),
            names_the_host(),
            reads(&canary),
            sees_neighbour(),
            call("chroot", libc::SYS_chroot, vec!["/".into()]),
            makes("/tmp/x"),
        ]
    };
    let through = |ran: &[i64]| ran.iter().map(|result| (*result).min(0)).collect::<Vec<_>>();
    let ran = clones.results(&ordinary(), steps());
    assert_eq!(through(&ran), [0, EROFS, EROFS, EPERM, ENOENT, ENOENT, 0, 0], "default");
    let ran = clones.results(&hardened(), steps());
    assert_eq!(through(&ran), [EROFS, EACCES, EACCES, EPERM, ENOENT, ENOENT, EPERM, 0], "hardened");
    let ran = clones.results(&twin(&clones, &ordinary()), steps());
    assert_eq!(through(&ran), [0, 0, 0, 0, 0, 0, 0, 0], "everything relaxed");
    // The host's name is the neighbour's.
    if tyrian_lab::root(test) {
        let process = neighbour.process.unwrap().to_string();
        let name = Command::new("nsenter").args(["-u", "-t", &process, "hostname"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&name.stdout).trim(), "x");
    }
}

#[test]
fn each_setting_is_taken_over_by_itself() {
    let Some(endpoint) = lab("each_setting_is_taken_over_by_itself") else { return };
    let (clones, _) = Clones::with_neighbour(&endpoint);
    let one = |spec: &Spec, step: Step| clones.results(spec, vec![step])[0];
    let base = ordinary();
    // Groups: none but those that are named, and its own.
    let hardened = hardened();
    let groups = call("getgroups", libc::SYS_getgroups, vec![0.into(), 0.into()]);
    assert_eq!(one(&hardened, groups), 3);
    // A filter of its own: what it refuses is refused with its error.
    let rule = Rule {
        names: vec!["mkdirat".into()],
        action: "SCMP_ACT_ERRNO".into(),
        errno_ret: Some(77),
        args: vec![],
    };
    let profile =
        Profile { default_action: "SCMP_ACT_ALLOW".into(), syscalls: vec![rule], ..Profile::default() };
    let filtered = Spec { seccomp: Filter::Profile(profile), ..base.clone() };
    assert_eq!(one(&filtered, tyrian_emulate::call::mkdir("/x")), -77);
    // No new privileges, and a setuid program that would give them.
    let becomes_root = || {
        let steps = vec![tyrian_emulate::call::exec("/.tyrian/setuid", &["setuid", "root"])];
        program(vec![
            tyrian_emulate::call::child(steps).named("child"),
            primitive(tyrian_emulate::call::wait("child")),
        ])
    };
    let user = Spec {
        user: User { uid: 1000, gid: 1000, groups: vec![] },
        capabilities: Capabilities::of_user(&base.capabilities.bounding),
        ..base.clone()
    };
    assert_eq!(clones.outcomes(&user, &[becomes_root()]), [0]);
    let held = Spec { no_new_privileges: true, ..user };
    assert!(clones.outcomes(&held, &[becomes_root()])[0] < 0);
    // Namespaces of the neighbour, one at a time.
    let shares = |gone: Namespace| {
        let mut spec = base.clone();
        spec.namespaces.remove(&gone);
        spec
    };
    assert!(one(&shares(Namespace::Pid), sees_neighbour()) >= 0);
    let memory = call(
        "shmget",
        libc::SYS_shmget,
        vec![tyrian_emulate::technique::NEIGHBOUR_MEMORY.into(), 0.into(), 0.into()],
    );
    assert!(one(&shares(Namespace::Ipc), memory.clone()) >= 0);
    assert_eq!(one(&base, memory), ENOENT);
    // Limits: the eleventh descriptor.
    let mut limited = base.clone();
    limited.rlimits.insert("RLIMIT_NOFILE".into(), (64, 64));
    assert_eq!(one(&limited, repeat(100, reads("/"))), -i64::from(libc::EMFILE));
    // A directory of the host can be read and not written to where it is mounted read-only.
    let kind = MountKind::Directory { of: "/etc".into(), host: true };
    let read_only = Mount { read_only: true, ..mount(kind, "/host/etc") };
    let mounted = Spec {
        mounts: vec![read_only, mount(MountKind::File { of: "/x".into(), host: true }, "/x")],
        ..base
    };
    assert_eq!(one(&mounted, makes("/host/etc/x")), EROFS);
    assert_eq!(clones.outcomes(&mounted, &[finds_canary("/host/etc/canary"), finds_canary("/x")]), [0, 0]);
}

#[test]
fn networks_reach_as_far_as_they_say() {
    let Some(endpoint) = lab("networks_reach_as_far_as_they_say") else { return };
    let (clones, neighbour) = Clones::with_neighbour(&endpoint);
    let connects = |address: std::net::Ipv4Addr| {
        let there = Memory::new()
            .u16(libc::AF_INET as u16)
            .raw(&tyrian_emulate::technique::NEIGHBOUR_PORT.to_be_bytes())
            .raw(&address.octets())
            .u64(0);
        program(vec![
            socket(libc::AF_INET, libc::SOCK_STREAM, 0).named("socket"),
            primitive(call("connect", libc::SYS_connect, vec![result("socket"), there.into(), 16.into()])),
        ])
    };
    let (near, own) = (connects(neighbour.address), connects(std::net::Ipv4Addr::LOCALHOST));
    let outside = connects(std::net::Ipv4Addr::new(192, 0, 2, 1));
    for (network, expected) in [
        (Network::Lab, [true, false, false]),
        (Network::Neighbour, [true, true, false]),
        (Network::Isolated, [false, false, false]),
        (Network::None, [false, false, false]),
    ] {
        let spec = Spec { network, ..ordinary() };
        let programs = [near.clone(), own.clone(), outside.clone()];
        let reached: Vec<bool> =
            clones.outcomes(&spec, &programs).into_iter().map(|result| result == 0).collect();
        assert_eq!(reached, expected, "{network:?}");
    }
}

#[test]
fn a_runtimes_socket_is_a_stub_and_a_mounted_directory_no_other_clones() {
    let Some(endpoint) = lab("a_runtimes_socket_is_a_stub_and_a_mounted_directory_no_other_clones") else {
        return;
    };
    let (clones, _) = Clones::with_neighbour(&endpoint);
    let mut spec = ordinary();
    let socket_mount = mount(MountKind::RuntimeSocket { of: RUNTIME_SOCKET.into() }, RUNTIME_SOCKET);
    let directory = mount(MountKind::Directory { of: "/srv".into(), host: true }, "/srv");
    spec.mounts = vec![socket_mount, directory];
    let asks = |request: &str, answer: &str| Program {
        shared: vec![("answer", Memory::zeros(64))],
        steps: vec![
            socket(libc::AF_UNIX, libc::SOCK_STREAM, 0).named("engine"),
            connect_unix("engine", RUNTIME_SOCKET),
            write("engine", request.as_bytes()),
            call("read", libc::SYS_read, vec![result("engine"), shared("answer"), 64.into()]),
            primitive(holds("answer", answer.as_bytes())),
        ],
    };
    let ran = clones.outcomes(
        &spec,
        &[
            asks("GET /_ping HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"),
            asks("POST /v1.41/containers/create HTTP/1.1\r\n\r\n", "HTTP/1.1 403"),
            program(vec![primitive(makes("/srv/mine"))]),
        ],
    );
    assert_eq!(ran.iter().map(|result| (*result).min(0)).collect::<Vec<_>>(), [0, 0, 0]);
    // The next clone has another directory.
    assert_eq!(clones.results(&spec, vec![reads("/srv/mine")]), [ENOENT]);
    // Who is neither root nor of its group does not get in.
    spec.user = User { uid: 1000, gid: 1000, groups: vec![] };
    spec.capabilities = Capabilities::default();
    let ran = clones.outcomes(&spec, &[asks("GET /_ping HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK")]);
    assert_eq!(ran, [EACCES]);
}

#[test]
fn an_image_with_nothing_in_it_runs_read_only_as_anybody() {
    let Some(endpoint) = lab("an_image_with_nothing_in_it_runs_read_only_as_anybody") else { return };
    let clones = Clones::new(&endpoint);
    let spec = Spec { image: Image::Empty, network: Network::None, mounts: vec![], ..hardened() };
    let ran = clones.results(&spec, vec![reads("/.tyrian/probe"), writes("/.tyrian/probe"), makes("/x")]);
    assert!(ran[0] >= 0 && ran[1] == EACCES && ran[2] == EROFS, "{ran:?}");
    // More stand-ins than are made at first.
    let mounts =
        (0..70).map(|n| mount(MountKind::Directory { of: "v".into(), host: false }, &format!("/d{n}")));
    let spec = Spec { mounts: mounts.collect(), ..spec };
    let ran = clones.outcomes(&spec, &[finds_canary("/d0/canary"), finds_canary("/d69/canary")]);
    assert_eq!(ran, [0, 0]);
    assert!(clones.results(&spec, vec![makes("/d69/x")])[0] >= 0, "a volume belongs to who uses it");
}

#[test]
fn the_capabilities_are_those_that_the_kernel_gives() {
    let Some(endpoint) = lab("the_capabilities_are_those_that_the_kernel_gives") else { return };
    let clones = Clones::new(&endpoint);
    let all = clones.driver.capabilities().unwrap();
    assert!(all.contains("SYS_ADMIN") && all.len() > 30, "{all:?}");
    // The zoo's privileged container has what the engine can give.
    let process = docker(&endpoint, &["inspect", "-f", "{{.State.Pid}}", "zoo-privileged"]);
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).unwrap().trim();
    let mask = u64::from_str_radix(mask, 16).unwrap();
    let has = |number: usize| mask >> number & 1 == 1;
    let expected: BTreeSet<String> = CAPABILITIES
        .iter()
        .enumerate()
        .filter(|(n, _)| has(*n))
        .map(|(_, name)| (*name).to_owned())
        .collect();
    assert_eq!(all, expected);
}

#[test]
fn the_engines_own_filter_is_read_and_does_the_same_when_it_is_given() {
    let Some(endpoint) = lab("the_engines_own_filter_is_read_and_does_the_same_when_it_is_given") else {
        return;
    };
    if !tyrian_lab::root("the_engines_own_filter_is_read_and_does_the_same_when_it_is_given") {
        return;
    }
    let clones = Clones::new(&endpoint);
    let Driver::Docker(driver) = &clones.driver else { panic!() };
    let base = ordinary();
    let profile = driver.default_filter(&base).unwrap().unwrap();
    assert!(profile.syscalls.len() > 3, "{profile:?}");
    let given = Spec { seccomp: Filter::Profile(profile), ..base.clone() };
    // Every system call that does nothing with arguments that are none.
    let harmless = [
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_keyctl,
        libc::SYS_clone3,
        libc::SYS_mount,
        libc::SYS_process_vm_readv,
        libc::SYS_open_by_handle_at,
        libc::SYS_ptrace,
        libc::SYS_chroot,
        libc::SYS_io_uring_setup,
    ];
    let steps = || harmless.map(|number| call("any", number, vec![(-1).into(), 0.into(), 0.into()])).to_vec();
    assert_eq!(clones.results(&base, steps()), clones.results(&given, steps()));
}

#[test]
fn what_cannot_be_started_says_why() {
    let Some(endpoint) = lab("what_cannot_be_started_says_why") else { return };
    let clones = Clones::new(&endpoint);
    let why = |spec: Spec| clones.driver.run(&clones.job(&spec, &[program(vec![reads("/")])])).unwrap_err();
    let image = |name: &str| Spec { image: Image::Engine(name.into()), ..ordinary() };
    let said = why(image("tyrian-lab/nobody")).to_string();
    assert!(said.contains("tyrian-lab/nobody") && said.contains("pull or build"), "{said}");
    let said = why(Spec { runtime: Some("no-such-runtime".into()), ..ordinary() }).to_string();
    assert!(said.contains("no-such-runtime"), "{said}");
    let wrong = Spec { namespaces: BTreeSet::from([Namespace::User]), ..ordinary() };
    assert!(matches!(why(wrong), Trouble::CannotReproduce(what) if what.contains("user namespace")));
    // One that runs for too long is ended, and so is one that is to stop.
    let sleeps = program(vec![call("pause", libc::SYS_ppoll, vec![0.into(); 5])]);
    let mut job = clones.job(&ordinary(), std::slice::from_ref(&sleeps));
    job.limit = Duration::from_millis(300);
    assert_eq!(clones.driver.run(&job), Err(Trouble::TooLong));
    let mark = mark();
    let stop = Arc::new(AtomicBool::new(false));
    let mut driver = Docker::connect(&endpoint, &mark, CANARY).unwrap();
    driver.stop_on(stop.clone());
    let driver = Driver::Docker(Box::new(driver));
    let job = Job { name: format!("{mark}-0"), ..clones.job(&ordinary(), &[sleeps]) };
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| driver.run(&job));
        std::thread::sleep(Duration::from_millis(700));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(ran.join().unwrap(), Err(Trouble::Stopped));
    });
    drop(driver);
    assert_eq!(left(&endpoint, &mark), Vec::<String>::new());
}

#[test]
fn several_runs_at_once_leave_nothing() {
    let Some(endpoint) = lab("several_runs_at_once_leave_nothing") else { return };
    let marks: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (clones, _) = Clones::with_neighbour(&endpoint);
                    let specs =
                        [ordinary(), hardened(), twin(&clones, &ordinary()), twin(&clones, &hardened())];
                    std::thread::scope(|scope| {
                        for spec in &specs {
                            scope.spawn(|| clones.results(spec, vec![reads("/")]));
                        }
                    });
                    clones.mark.clone()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for mark in marks {
        assert_eq!(left(&endpoint, &mark), Vec::<String>::new());
    }
}

/// What the test below runs in a process of its own, which is killed.
#[test]
#[ignore = "it is run by another test, and killed"]
fn a_run_that_is_killed() {
    let Some(endpoint) = lab("a_run_that_is_killed") else { return };
    let (clones, _) = Clones::with_neighbour(&endpoint);
    println!("mark {}", clones.mark);
    loop {
        clones.results(&twin(&clones, &ordinary()), vec![reads("/")]);
    }
}

#[test]
fn what_a_killed_run_leaves_is_found_and_what_a_live_one_has_stays() {
    let Some(endpoint) = lab("what_a_killed_run_leaves_is_found_and_what_a_live_one_has_stays") else {
        return;
    };
    let (live, _) = Clones::with_neighbour(&endpoint);
    let mut killed = Vec::new();
    for milliseconds in [40u64, 500, 1300] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "a_run_that_is_killed"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        killed.push(format!("tyrian-test-{}-", child.id()));
    }
    // What the engine had begun when its client died, it ends first.
    let gone = |mark: &str| {
        (0..40).any(|_| {
            Docker::leftovers(&endpoint).unwrap();
            let clean = left(&endpoint, mark).is_empty();
            if !clean {
                std::thread::sleep(Duration::from_millis(100));
            }
            clean
        })
    };
    for mark in &killed {
        assert!(gone(mark), "{:?}", left(&endpoint, mark));
    }
    assert!(left(&endpoint, &live.mark).len() > 4, "a live run keeps what it has");
    assert!(live.results(&ordinary(), vec![reads("/")])[0] >= 0);
}

/// What a process is held in by, as the kernel says.
fn held(status: &str) -> BTreeSet<String> {
    let kept = ["CapBnd:", "CapEff:", "NoNewPrivs:", "Seccomp:", "Uid:", "Gid:"];
    let lines = status.lines().filter(|line| kept.iter().any(|field| line.starts_with(field)));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The same of the first process of a clone, and what stands at the path that ends the list.
fn clones_status(clones: &Clones, spec: &Spec) -> String {
    // The probe's report has numbers alone: the file is compared here, piece by piece, through a child that shows it.
    let job = clones.job(
        spec,
        &[Program {
            shared: vec![("text", Memory::zeros(4096))],
            steps: vec![
                open("/proc/self/status", libc::O_RDONLY).named("file"),
                read("file", "text", 4096).named("count"),
                call("write", libc::SYS_write, vec![100.into(), shared("text"), result("count")]),
            ],
        }],
    );
    String::from_utf8_lossy(&clones.driver.run(&job).unwrap()).into_owned()
}

#[test]
fn a_clone_is_held_in_like_the_container_that_it_is_made_like() {
    let test = "a_clone_is_held_in_like_the_container_that_it_is_made_like";
    let Some(endpoint) = lab(test) else { return };
    if !tyrian_lab::root(test) {
        return;
    }
    let (clones, _) = Clones::with_neighbour(&endpoint);
    let names = [
        "default",
        "privileged",
        "hardened",
        "host-pid",
        "host-net",
        "host-ipc",
        "docker-sock",
        "host-root",
        "seccomp-off",
        "seccomp-custom",
        "sys-admin",
        "env-secret",
        "apparmor-foo",
        "volumes",
        "device",
        "ordinary",
    ];
    let next = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    let name = format!("zoo-{name}");
                    let target = target::container(&endpoint, &name, CANARY).unwrap();
                    let process = docker(&endpoint, &["inspect", "-f", "{{.State.Pid}}", &name]);
                    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
                    let clones = clones_status(&clones, &target.spec);
                    assert_eq!(held(&clones), held(&status), "{name}");
                    // And as one would read it who does not see the engine's files.
                    assert!(!format!("{:?}", target.spec).contains("Kx7-marble"), "{name}: a secret");
                }
            });
        }
    });
    let of = |name: &str| target::container(&endpoint, name, CANARY).unwrap().spec;
    let env = of("zoo-env-secret").environment;
    assert!(
        env.contains(&format!("DB_PASSWORD={CANARY}")) && env.contains(&"PATH=/bin".to_owned()),
        "{env:?}"
    );
    assert!(of("zoo-docker-sock").mounts.iter().any(|m| matches!(m.kind, MountKind::RuntimeSocket { .. })));
    let root = of("zoo-host-root").mounts;
    assert!(
        root.iter().any(|m| m.read_only && m.kind == MountKind::Directory { of: "/".into(), host: true }),
        "{root:?}"
    );
    assert_eq!(of("zoo-host-net").network, Network::Neighbour);
    assert!(!of("zoo-host-pid").namespaces.contains(&Namespace::Pid));
    let ordinary = of("zoo-ordinary");
    assert_eq!(ordinary.limits, Limits { memory: Some(64 << 20), pids: Some(64), cpu: Some(500) });
    assert_eq!(ordinary.rlimits["RLIMIT_NOFILE"], (1024, 1024));
    let remarks = target::container(&endpoint, "zoo-stopped", CANARY).unwrap().remarks;
    assert!(remarks[0].contains("does not run"), "{remarks:?}");
    // An image: as the engine would run it with nothing said.
    let image = target::image(&endpoint, BUSYBOX, CANARY).unwrap();
    let default = of("zoo-default");
    assert_eq!(image.spec.capabilities, default.capabilities);
    assert_eq!(image.image, target::container(&endpoint, "zoo-default", CANARY).unwrap().image);
    assert_eq!(held(&clones_status(&clones, &image.spec)), held(&clones_status(&clones, &default)));
}

#[test]
fn a_container_that_cannot_be_cloned_says_why() {
    let Some(endpoint) = lab("a_container_that_cannot_be_cloned_says_why") else { return };
    let said = |name: &str| target::container(&endpoint, name, CANARY).unwrap_err().to_string();
    assert!(said("no-such-container").contains("no container no-such-container"));
    assert!(said("../info").contains("no container"), "a name is a name");
    let name = format!("{}-paused", mark());
    docker(&endpoint, &["run", "-d", "--name", &name, BUSYBOX, "sleep", "2147483647"]);
    docker(&endpoint, &["pause", &name]);
    let paused = said(&name);
    docker(&endpoint, &["rm", "-f", &name]);
    assert!(paused.contains("is paused: unpause it"), "{paused}");
    let image = target::image(&endpoint, "tyrian-lab/nobody:1", CANARY).unwrap_err().to_string();
    assert!(image.contains("no image tyrian-lab/nobody:1"), "{image}");
}

/// Something that listens where an engine should, says this much, and then nothing.
fn liar(answers: &'static [&'static str]) -> (PathBuf, Endpoint) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("tyrian-liar-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let Some(answer) = answers.get(number) else { return };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (path.clone(), Endpoint::Unix(path))
}

#[test]
fn an_engine_that_lies_or_dies_is_trouble_with_words() {
    let ping = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";
    let info = |body: &'static str| -> &'static str {
        let text =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        Box::leak(text.into_boxed_str())
    };
    let linux = info(r#"{"OSType":"linux","Architecture":"x86_64","ServerVersion":"20.10.24"}"#);
    let cases: [(&[&str], &str); 6] = [
        (&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], "no Docker engine"),
        (&["HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"], "refused"),
        (&["nonsense"], ""),
        (&[ping], ""),
        (&[ping, info(r#"{"OSType":"windows","Architecture":"x86_64"}"#)], "windows"),
        (&[ping, info(r#"{"OSType":"linux","Architecture":"s390x"}"#)], "s390x"),
    ];
    for (answers, word) in cases {
        let (path, endpoint) = liar(Box::leak(answers.to_vec().into_boxed_slice()));
        let trouble = Docker::connect(&endpoint, "tyrian-liar", CANARY).unwrap_err().to_string();
        assert!(trouble.contains(word) && trouble.len() > 20, "{trouble}");
        std::fs::remove_file(path).unwrap();
    }
    // It is gone when the first clone is to be made.
    let (path, endpoint) = liar(Box::leak(vec![ping, linux].into_boxed_slice()));
    let driver = Driver::Docker(Box::new(Docker::connect(&endpoint, "tyrian-liar", CANARY).unwrap()));
    let plan = encode(&[program(vec![reads("/")])], 1).unwrap();
    let job = Job { name: "tyrian-liar-0".into(), spec: ordinary(), plan, limit: Duration::from_secs(1) };
    let trouble = driver.run(&job).unwrap_err().to_string();
    assert!(trouble.contains("see whether it runs"), "{trouble}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_engine_that_hangs_is_waited_for_once_and_not_for_everything() {
    let ping = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";
    let path = std::env::temp_dir().join(format!("tyrian-hangs-{}", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    // It lets everybody in, answers the first requests, and then nothing more.
    std::thread::spawn(move || {
        let linux = r#"{"OSType":"linux","Architecture":"x86_64","ServerVersion":"20.10.24"}"#;
        let info =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{linux}", linux.len());
        let mut held = Vec::new();
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            if let Some(answer) = [ping, &info].get(number) {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
            held.push(stream);
        }
    });
    let endpoint = Endpoint::Unix(path.clone());
    let patience = Duration::from_millis(400);
    let driver = Docker::connect_within(&endpoint, "tyrian-hangs", CANARY, patience).unwrap();
    let driver = Driver::Docker(Box::new(driver));
    let plan = encode(&[program(vec![reads("/")])], 1).unwrap();
    let job = Job { name: "tyrian-hangs-0".into(), spec: ordinary(), plan, limit: Duration::from_secs(60) };
    let trouble = driver.run(&job).unwrap_err().to_string();
    assert!(
        trouble.contains("did not answer within 0.4 s") && trouble.contains("start it anew"),
        "{trouble}"
    );
    drop(driver);
    let trouble =
        Docker::connect_within(&endpoint, "tyrian-hangs", CANARY, patience).unwrap_err().to_string();
    assert!(trouble.contains("did not answer"), "{trouble}");
    std::fs::remove_file(path).unwrap();
}

//! Every driver makes the same of the same spec: each way of each technique comes out alike in clones by a Docker
//! engine, by `runc` and by namespaces alone.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Scratch, every, place};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tyrian_collect::docker::Endpoint;
use tyrian_emulate::clone::docker::Docker;
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::clone::{Driver, Job};
use tyrian_emulate::experiment::{Came, How, came};
use tyrian_emulate::neighbour;
use tyrian_emulate::probe::Report;
use tyrian_emulate::program::{Program, encode};
use tyrian_emulate::setting::loosest;
use tyrian_emulate::spec::*;
use tyrian_emulate::technique::Place;

const CANARY: &str = "canary-of-the-tests";
/// The lab's image with a shell.
const BUSYBOX: &str = "tyrian-lab/busybox";

fn docker(socket: &Path, arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .arg("-H")
        .arg(format!("unix://{}", socket.display()))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A container of the lab's engine as its runtime was told to make it, and its root file system as a directory.
fn container(socket: &Path, into: &Path) -> serde_json::Value {
    let name = format!("drivers-{}", std::process::id());
    docker(socket, &["run", "-d", "--name", &name, BUSYBOX, "sleep", "100"]);
    let process = docker(socket, &["inspect", "-f", "{{.State.Pid}}", &name]);
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim().to_owned();
    let config = std::fs::read(format!("/proc/{parent}/cwd/config.json")).unwrap();
    std::fs::create_dir(into).unwrap();
    let mut export = Command::new("docker")
        .args(["-H", &format!("unix://{}", socket.display()), "export", &name])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let tar = Command::new("tar").arg("-xC").arg(into).stdin(export.stdout.take().unwrap()).status().unwrap();
    assert!(tar.success() && export.wait().unwrap().success());
    docker(socket, &["rm", "-f", &name]);
    serde_json::from_slice(&config).unwrap()
}

/// As the engine makes a container of its own accord.
fn ordinary(config: &serde_json::Value) -> Spec {
    let texts = |value: &serde_json::Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let names = texts(&config["process"]["capabilities"]["bounding"]);
    let names = names.iter().map(|name| name.strip_prefix("CAP_").unwrap().to_owned()).collect();
    Spec {
        capabilities: Capabilities::of_root(&names),
        seccomp: Filter::Profile(serde_json::from_value(config["linux"]["seccomp"].clone()).unwrap()),
        masked_paths: texts(&config["linux"]["maskedPaths"]),
        read_only_paths: texts(&config["linux"]["readonlyPaths"]),
        read_only_sys: true,
        namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Uts]),
        sysctls: serde_json::from_value(config["linux"]["sysctl"].clone()).unwrap_or_default(),
        network: Network::Lab,
        environment: vec!["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()],
        directory: "/".into(),
        ..Spec::default()
    }
}

/// Specs that differ in every setting that each of the drivers can make.
fn specs(ordinary: &Spec, capabilities: &BTreeSet<String>) -> Vec<(&'static str, Spec)> {
    let user = User { uid: 65534, gid: 65534, groups: vec![7, 4242] };
    let hardened = Spec {
        read_only_root: true,
        user: user.clone(),
        capabilities: Capabilities::default(),
        no_new_privileges: true,
        limits: Limits { memory: Some(128 << 20), pids: Some(64), cpu: Some(500) },
        network: Network::Isolated,
        ..ordinary.clone()
    };
    let mount = |kind, target: &str, read_only, executable, setuid| Mount {
        kind,
        target: target.to_owned(),
        read_only,
        executable,
        setuid,
    };
    let of = || "/somewhere".to_owned();
    let mounted = Spec {
        mounts: vec![
            mount(MountKind::Directory { of: of(), host: true }, "/tyrian-host", true, true, true),
            mount(MountKind::Directory { of: of(), host: false }, "/data/deep", false, true, true),
            mount(MountKind::File { of: of(), host: true }, "/run/secrets/token", true, true, true),
            mount(MountKind::RuntimeSocket { of: of() }, "/var/run/docker.sock", false, true, true),
            mount(MountKind::Tmpfs(Some(8 << 20)), "/tmp", false, false, false),
        ],
        user,
        capabilities: Capabilities::of_user(&ordinary.capabilities.bounding),
        environment: vec!["PATH=/bin".into(), "TOKEN=canary-of-the-tests".into()],
        rlimits: BTreeMap::from([("RLIMIT_NOFILE".to_owned(), (64, 128))]),
        network: Network::None,
        ..ordinary.clone()
    };
    let shared = Spec {
        namespaces: BTreeSet::new(),
        network: Network::Neighbour,
        sysctls: BTreeMap::new(),
        ..ordinary.clone()
    };
    let loose = loosest(&shared, capabilities);
    // What the experiment marks.
    let mut marked = ordinary.clone();
    if let Filter::Profile(profile) = &mut marked.seccomp {
        profile.default_action = "SCMP_ACT_TRAP".into();
    }
    vec![
        ("ordinary", ordinary.clone()),
        ("hardened", hardened),
        ("mounted", mounted),
        ("shared", shared),
        ("loose", loose),
        ("marked", marked),
    ]
}

/// Clones of one driver.
struct Clones {
    driver: Driver,
    image: Image,
    place: Place,
    count: AtomicU32,
    time: AtomicU64,
}

impl Clones {
    fn new(driver: Driver, mark: &str, image: Image) -> Clones {
        let mut driver = driver;
        let job = neighbour::job(mark, CANARY, &image, driver.holds_neighbour());
        let neighbour = driver.start_neighbour(&job).unwrap();
        let place = Place { neighbour: neighbour.address, mark: mark.to_owned(), ..place() };
        Clones { driver, image, place, count: AtomicU32::new(0), time: AtomicU64::new(0) }
    }
    /// What every way of every technique comes to in a clone of the spec.
    fn outcomes(&self, spec: &Spec) -> BTreeMap<String, String> {
        let ways = every(&self.place);
        // How much of the machine there is to use up beside everything else is nothing of the driver's.
        let bounded = spec.limits.memory.is_some();
        let same = |name: &str| bounded || !name.starts_with("exhaust-");
        let ways: Vec<_> =
            ways.into_iter().filter(|(it, way)| way.needs.is_none() && same(it.name)).collect();
        let programs: Vec<Program> = ways.iter().map(|(_, way)| way.program.clone()).collect();
        let spec = Spec { image: self.image.clone(), ..spec.clone() };
        let mut seen = Vec::new();
        while seen.len() < programs.len() {
            let rest = &programs[seen.len()..];
            let count = self.count.fetch_add(1, Ordering::Relaxed);
            let job = Job {
                name: format!("{}-{}", self.place.mark, count),
                spec: spec.clone(),
                plan: encode(rest, 20).unwrap(),
                limit: Duration::from_secs(60),
            };
            let began = Instant::now();
            let text = self.driver.run(&job).unwrap();
            self.time.fetch_add(u64::try_from(began.elapsed().as_millis()).unwrap(), Ordering::Relaxed);
            let report = Report::read(&text, rest.len());
            let done = report.programs.iter().take_while(|program| program.end.is_some()).count();
            let take = if report.whole { rest.len() } else { done + 1 };
            seen.extend(report.programs.into_iter().take(take));
        }
        let name = |name: &str, way: &str| format!("{name}/{way}");
        ways.iter()
            .zip(&programs)
            .zip(&seen)
            .map(|(((technique, way), program), seen)| {
                (name(technique.name, way.name), text(&came(program, seen)))
            })
            .collect()
    }
}

fn text(came: &Came) -> String {
    // Nobody is there: whether there is a way to them at all is the engine's taste.
    let nobody = [libc::ENETUNREACH, libc::EHOSTUNREACH, libc::EINPROGRESS, libc::EAGAIN].map(How::Errno);
    if let Came::Stopped { depth, step: step @ "connect", how } = came
        && nobody.contains(how)
    {
        return format!("stopped: {depth:?} {step} nobody");
    }
    let how = |how: &How| how.text();
    match came {
        Came::Through(depth) => format!("through: {depth:?}"),
        Came::Stopped { depth, step, how: it } => format!("stopped: {depth:?} {step} {}", how(it)),
        Came::Unprepared { step, how: it } => format!("unprepared: {step} {}", how(it)),
        Came::Lost(why) => format!("lost: {why}"),
    }
}

#[test]
fn every_technique_comes_out_alike_whoever_makes_the_clone() {
    let test = "every_technique_comes_out_alike_whoever_makes_the_clone";
    let Some(lab) = tyrian_lab::docker(test) else { return };
    if !tyrian_lab::root(test) || ["runc", "tar"].iter().any(|tool| tyrian_lab::tool(test, tool).is_none()) {
        return;
    }
    let scratch = Scratch::new();
    let root = scratch.0.join("root");
    let config = container(&lab.socket, &root);
    let mark = |driver: &str| format!("tyrian-{driver}-{}", std::process::id());
    let (by_docker, by_runc, by_us) = (mark("docker"), mark("runc"), mark("namespaces"));
    let engine = Docker::connect(&Endpoint::Unix(lab.socket.clone()), &by_docker, CANARY).unwrap();
    let directory = Image::Directory(root);
    let drivers = [
        Clones::new(Driver::Docker(Box::new(engine)), &by_docker, Image::Engine(BUSYBOX.into())),
        Clones::new(Driver::Runc(Runc::new(&by_runc).unwrap()), &by_runc, directory.clone()),
        Clones::new(Driver::Namespaces(Namespaces::new(&by_us)), &by_us, directory),
    ];
    let given = |clones: &Clones| clones.driver.capabilities().unwrap();
    let given: Vec<BTreeSet<String>> = drivers.iter().map(given).collect();
    let common = given[0].iter().filter(|name| given.iter().all(|other| other.contains(*name)));
    let specs = specs(&ordinary(&config), &common.cloned().collect());
    // Attempts mostly wait for somebody who does not answer: what is independent runs at once.
    let all: Vec<Vec<BTreeMap<String, String>>> = std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for clones in &drivers {
            let one = |it: &'_ (&str, Spec)| {
                let spec = it.1.clone();
                scope.spawn(move || clones.outcomes(&spec))
            };
            threads.push(specs.iter().map(one).collect::<Vec<_>>());
        }
        let of = |list: Vec<std::thread::ScopedJoinHandle<'_, _>>| {
            list.into_iter().map(|thread| thread.join().unwrap()).collect()
        };
        threads.into_iter().map(of).collect()
    });
    let (mut differences, mut compared) = (Vec::new(), 0);
    for (n, (name, _)) in specs.iter().enumerate() {
        for (way, first) in &all[0][n] {
            let others: Vec<&String> = all[1..].iter().map(|outcomes| &outcomes[n][way]).collect();
            compared += 1;
            if others.iter().any(|other| *other != first) {
                differences.push(format!("{name}: {way}: {first} | {} | {}", others[0], others[1]));
            }
        }
    }
    for clones in &drivers {
        let (count, time) = (clones.count.load(Ordering::Relaxed), clones.time.load(Ordering::Relaxed));
        eprintln!("{}: {count} clones, {} ms each", clones.driver.name(), time / u64::from(count));
    }
    assert!(compared > 900, "{compared}");
    assert!(differences.is_empty(), "docker | runc | namespaces\n{}", differences.join("\n"));
}

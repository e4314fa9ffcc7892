//! Three drivers make the same clone of the same spec: every way of every technique comes to the same in each.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::clones::{BUSYBOX, CANARY, Lab, busybox, hardened, is_root, mark, ordinary};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tyrian_collect::docker::Endpoint;
use tyrian_emulate::clone::Driver;
use tyrian_emulate::clone::docker::Docker;
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::setting::loosest;
use tyrian_emulate::spec::{Capabilities, Filter, Image, Limits, Mount, MountKind, Network, Spec, User};

#[test]
fn every_way_comes_to_the_same_with_each_driver() {
    let test = "every_way_comes_to_the_same_with_each_driver";
    let Some(docker) = tyrian_lab::docker(test) else { return };
    if !is_root(test) {
        return;
    }
    let endpoint = Endpoint::Unix(docker.socket);
    let directory = Image::Directory(busybox(&endpoint.address()));
    let engine = Image::Engine(BUSYBOX.into());
    let marks = [mark(), mark(), mark()];
    let docker = Docker::connect(&endpoint, &marks[0], CANARY).unwrap();
    let filter = docker.default_filter(&ordinary(&engine)).unwrap().unwrap();
    let capabilities = docker.capabilities().unwrap();
    let labs = [
        Lab::new(Driver::Docker(Box::new(docker)), &marks[0], &engine),
        Lab::new(Driver::Runc(Runc::new(&marks[1]).unwrap()), &marks[1], &directory),
        Lab::new(Driver::Namespaces(Namespaces::new(&marks[2])), &marks[2], &directory),
    ];
    let specs = specs(&filter, &capabilities);
    let of = |lab: &Lab, spec: &Spec| {
        let image = if lab.driver.name() == "docker" { &engine } else { &directory };
        lab.outcomes(&Spec { image: image.clone(), ..spec.clone() })
    };
    // Several clones of a driver at once, as a run makes them, and one driver beside the other.
    let all: Vec<Vec<BTreeMap<String, String>>> = std::thread::scope(|scope| {
        let started: Vec<Vec<_>> = specs
            .iter()
            .map(|(_, spec)| labs.iter().map(|lab| scope.spawn(move || of(lab, spec))).collect())
            .collect();
        started.into_iter().map(|each| each.into_iter().map(|one| one.join().unwrap()).collect()).collect()
    });
    // What does not come out in the same way is tried again by itself, as a run does: only what stays is a difference.
    let mut differences = Vec::new();
    for ((name, spec), mut all) in specs.iter().zip(all) {
        let mut found = different(name, &labs, &all);
        for _ in 0..2 {
            if found.is_empty() {
                break;
            }
            all = labs.iter().map(|lab| of(lab, spec)).collect();
            let still = different(name, &labs, &all);
            found.retain(|(way, _)| still.iter().any(|(other, _)| other == way));
        }
        differences.extend(found.into_iter().map(|(_, what)| what));
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// The ways that came to something else than with Docker, and to what.
fn different(name: &str, labs: &[Lab], all: &[BTreeMap<String, String>]) -> Vec<(String, String)> {
    let mut differences = Vec::new();
    assert!(all[0].len() > 100, "{} ways", all[0].len());
    for (way, came) in &all[0] {
        // An engine's network leads as far as its bridge: what nobody answers there is not the same error. It leaves
        // control groups to be written to only in a container that has nothing else to hold it in.
        let writes_groups = name != "loose" && way.starts_with("cgroup-");
        // How much of the machine there is to use up beside all else is not the driver's.
        let uses_up = name != "bounded" && way.starts_with("exhaust-");
        if way.starts_with("metadata-service/") || writes_groups || uses_up {
            continue;
        }
        for (lab, other) in labs.iter().zip(all).skip(1) {
            if &other[way] != came {
                let what = format!("{name} {way}: docker {came}, {} {}", lab.driver.name(), other[way]);
                differences.push((way.clone(), what));
            }
        }
    }
    differences
}

fn specs(
    filter: &tyrian_emulate::spec::Profile,
    capabilities: &BTreeSet<String>,
) -> Vec<(&'static str, Spec)> {
    let image = Image::Empty;
    // As the engine sets them for every network of its own.
    let settings =
        [("net.ipv4.ip_unprivileged_port_start", "0"), ("net.ipv4.ping_group_range", "0 2147483647")];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let filtered = |spec: Spec| Spec {
        seccomp: Filter::Profile(filter.clone()),
        sysctls: settings.clone().into(),
        ..spec
    };
    let base = filtered(ordinary(&image));
    let loose = loosest(&base, capabilities);
    let mount = |kind, target: &str, read_only, executable| Mount {
        kind,
        target: target.to_owned(),
        read_only,
        executable,
        setuid: executable,
    };
    let of = || "/somewhere".to_owned();
    let mounted = Spec {
        mounts: vec![
            mount(MountKind::Directory { of: of(), host: true }, "/host", true, true),
            mount(MountKind::Directory { of: of(), host: false }, "/data/deep", false, true),
            mount(MountKind::File { of: of(), host: true }, "/run/secrets/token", true, true),
            mount(MountKind::RuntimeSocket { of: of() }, "/var/run/docker.sock", false, true),
            mount(MountKind::Tmpfs(Some(8 << 20)), "/tmp", false, false),
        ],
        user: User { uid: 65534, gid: 65534, groups: vec![7, 4242] },
        capabilities: Capabilities::of_user(&base.capabilities.bounding),
        environment: vec!["PATH=/bin".into(), format!("TOKEN={CANARY}")],
        rlimits: BTreeMap::from([("RLIMIT_NOFILE".to_owned(), (64, 128))]),
        ..base.clone()
    };
    let bounded = Spec {
        limits: Limits { memory: Some(128 << 20), pids: Some(64), cpu: Some(500) },
        network: Network::Isolated,
        ..filtered(hardened(&image))
    };
    let mut marked = base.clone();
    if let Filter::Profile(profile) = &mut marked.seccomp {
        profile.default_action = "SCMP_ACT_TRAP".into();
    }
    vec![
        ("ordinary", base.clone()),
        ("marked", marked),
        ("mounted", mounted),
        ("bounded", bounded),
        ("hardened", filtered(hardened(&image))),
        ("loose", loose.clone()),
        ("loose but for its filter", Spec { seccomp: base.seccomp.clone(), ..loose.clone() }),
        (
            "loose but for its masks",
            Spec {
                masked_paths: base.masked_paths.clone(),
                read_only_paths: base.read_only_paths,
                read_only_sys: true,
                ..loose
            },
        ),
    ]
}

#[test]
fn the_lab_image_is_a_directory_with_a_shell() {
    let Some(docker) = tyrian_lab::docker("the_lab_image_is_a_directory_with_a_shell") else { return };
    let path = busybox(&Endpoint::Unix(docker.socket).address());
    assert!(Path::new(&path).join("bin/sh").exists());
}

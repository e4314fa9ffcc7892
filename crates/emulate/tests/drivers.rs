//! Three drivers make the same clone of the same spec: every way of every technique comes to the same in each.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::clones::{BUSYBOX, CANARY, Lab, busybox, hardened, is_root, mark, ordinary};
use std::collections::BTreeSet;
use std::path::Path;
use tyrian_collect::docker::Endpoint;
use tyrian_emulate::clone::Driver;
use tyrian_emulate::clone::docker::Docker;
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::setting::loosest;
use tyrian_emulate::spec::{Filter, Image, Spec};

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
    let mut differences = Vec::new();
    for (name, spec) in specs(&filter, &capabilities) {
        let all: Vec<_> = labs
            .iter()
            .map(|lab| {
                let image = if lab.driver.name() == "docker" { &engine } else { &directory };
                lab.outcomes(&Spec { image: image.clone(), ..spec.clone() })
            })
            .collect();
        assert!(all[0].len() > 100, "{} ways", all[0].len());
        for (way, came) in &all[0] {
            // An engine's network leads as far as its bridge: what nobody answers there is not the same error. It
            // leaves control groups to be written to only in a container that has nothing else to hold it in.
            let writes_groups = name != "loose" && way.starts_with("cgroup-");
            if way.starts_with("metadata-service/") || writes_groups {
                continue;
            }
            for (lab, other) in labs.iter().zip(&all).skip(1) {
                if &other[way] != came {
                    differences.push(format!(
                        "{name} {way}: docker {came}, {} {}",
                        lab.driver.name(),
                        other[way]
                    ));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
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
    vec![
        ("ordinary", base.clone()),
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

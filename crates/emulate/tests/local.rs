//! Clones on this machine without an engine: real ones, on its kernel.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tyrian_emulate::call;
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::clone::{Driver, Job};
use tyrian_emulate::neighbour;
use tyrian_emulate::probe::Report;
use tyrian_emulate::program::{Program, Step, encode};
use tyrian_emulate::setting::loosest;
use tyrian_emulate::spec::{Capabilities, Image, Namespace, Network, Spec};

const CANARY: &str = "canary-of-a-test";

/// A root file system, unpacked once; nothing: the reason is printed.
fn rootfs() -> Option<PathBuf> {
    let Some(tar) = std::env::var_os("TYRIAN_LAB_ROOTFS") else {
        eprintln!("skipped: no root file system, see `make lab`");
        return None;
    };
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rootfs");
    if !place.join("bin").exists() {
        std::fs::create_dir_all(&place).unwrap();
        let done = Command::new("tar").arg("-xf").arg(tar).arg("-C").arg(&place).status().unwrap();
        assert!(done.success());
    }
    Some(place)
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// Like a container that is started without options.
fn ordinary(image: &Image) -> Spec {
    Spec {
        image: image.clone(),
        capabilities: Capabilities::of_root(&names(&tyrian_model::workload::DEFAULT_CAPABILITIES)),
        namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Uts]),
        read_only_sys: true,
        network: Network::Lab,
        directory: "/".into(),
        masked_paths: tyrian_emulate::target::workload::MASKED.map(str::to_owned).to_vec(),
        read_only_paths: tyrian_emulate::target::workload::READ_ONLY.map(str::to_owned).to_vec(),
        ..Spec::default()
    }
}

fn job(name: &str, spec: &Spec, steps: Vec<Vec<Step>>) -> Job {
    let programs: Vec<Program> =
        steps.into_iter().map(|steps| Program { shared: Vec::new(), steps }).collect();
    Job {
        name: name.into(),
        spec: spec.clone(),
        plan: encode(&programs, 5).unwrap(),
        limit: Duration::from_secs(30),
    }
}

#[test]
fn a_clone_runs() {
    let Some(rootfs) = rootfs() else { return };
    let image = Image::Directory(rootfs);
    for mut driver in [
        Driver::Namespaces(Namespaces::new("tyrian-test-a")),
        Driver::Runc(Runc::new("tyrian-test-a").unwrap()),
    ] {
        let mark = "tyrian-test-a";
        let neighbour = driver.start_neighbour(&neighbour::job(mark, CANARY, &image, true)).unwrap();
        eprintln!("{neighbour:?}");
        let spec = ordinary(&image);
        let capabilities: BTreeSet<String> = tyrian_model::workload::CAPABILITIES
            .iter()
            .filter(|name| **name != "SYS_RESOURCE")
            .map(|name| (*name).to_owned())
            .collect();
        for (name, spec) in [("one", spec.clone()), ("two", loosest(&spec, &capabilities))] {
            let text = driver
                .run(&job(
                    &format!("{mark}-{name}"),
                    &spec,
                    vec![
                        vec![call::open("/etc/passwd", 0)],
                        vec![call::mount("none", "/mnt", "tmpfs", 0)],
                        vec![call::open("/tyrian-host/canary", 0)],
                    ],
                ))
                .unwrap();
            let report = Report::read(&text, 3);
            eprintln!("{report:?}");
        }
    }
}

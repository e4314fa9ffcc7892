//! What the tests of drivers share: an image of the lab as a directory, specs, and what every way comes to.

use super::every;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tyrian_emulate::attack::NEIGHBOUR_PROCESS;
use tyrian_emulate::clone::{Driver, Job, Neighbour, PROBE_DIRECTORY};
use tyrian_emulate::experiment::came;
use tyrian_emulate::neighbour;
use tyrian_emulate::probe::Report;
use tyrian_emulate::program::{Program, Step, encode};
use tyrian_emulate::setting::{host_directory, runtime_socket};
use tyrian_emulate::spec::{Capabilities, Image, Namespace, Network, Spec, User};
use tyrian_emulate::technique::Place;

pub(crate) const CANARY: &str = "canary-of-a-test";
/// The lab's image with a shell.
pub(crate) const BUSYBOX: &str = "tyrian-lab/busybox";

pub(crate) fn mark() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("tyrian-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Is this root, who alone can make clones without an engine?
pub(crate) fn is_root(test: &str) -> bool {
    let root = std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|text| text.lines().any(|line| line.starts_with("Uid:\t0\t")));
    if !root {
        eprintln!("{test} is skipped: only root can make clones without an engine");
    }
    root
}

/// The lab's image, unpacked once.
pub(crate) fn busybox(docker: &str) -> PathBuf {
    static ONCE: Mutex<()> = Mutex::new(());
    let _one = ONCE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("busybox");
    if place.join("bin").exists() {
        return place;
    }
    let script = format!(
        "set -e; rm -rf '{0}' '{0}.new'; mkdir -p '{0}.new'; id=$(docker create {BUSYBOX} true); \
         docker export $id | tar -xf - -C '{0}.new' --exclude=dev; docker rm $id >/dev/null; mv '{0}.new' '{0}'",
        place.display()
    );
    let done = Command::new("sh")
        .args(["-c", &script])
        .env("DOCKER_HOST", docker)
        .env_remove("DOCKER_CONTEXT")
        .status()
        .unwrap();
    assert!(done.success());
    place
}

pub(crate) fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// Like a container that is started without options.
pub(crate) fn ordinary(image: &Image) -> Spec {
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

/// Like one that is held in as much as can be.
pub(crate) fn hardened(image: &Image) -> Spec {
    Spec {
        user: User { uid: 65534, gid: 65534, groups: Vec::new() },
        capabilities: Capabilities::default(),
        no_new_privileges: true,
        read_only_root: true,
        network: Network::None,
        ..ordinary(image)
    }
}

/// Programs of one step each.
pub(crate) fn plain(steps: Vec<Step>) -> Vec<Program> {
    steps.into_iter().map(|step| Program { shared: Vec::new(), steps: vec![step] }).collect()
}

/// A driver with its neighbour, and what runs in its clones.
pub(crate) struct Lab {
    pub(crate) driver: Driver,
    pub(crate) neighbour: Neighbour,
    pub(crate) mark: String,
    next: AtomicU32,
}

impl Lab {
    pub(crate) fn new(mut driver: Driver, mark: &str, image: &Image) -> Lab {
        let job = neighbour::job(mark, CANARY, image, driver.holds_neighbour());
        let neighbour = driver.start_neighbour(&job).unwrap();
        Lab { driver, neighbour, mark: mark.to_owned(), next: AtomicU32::new(0) }
    }
    pub(crate) fn job(&self, spec: &Spec, programs: &[Program]) -> Job {
        Job {
            name: format!("{}-{}", self.mark, self.next.fetch_add(1, Ordering::Relaxed)),
            spec: spec.clone(),
            plan: encode(programs, 5).unwrap(),
            limit: Duration::from_secs(60),
        }
    }
    pub(crate) fn run(&self, spec: &Spec, programs: &[Program]) -> Report {
        let text = self.driver.run(&self.job(spec, programs)).unwrap();
        Report::read(&text, programs.len())
    }
    /// What the first step of each program returned.
    pub(crate) fn results(&self, spec: &Spec, steps: Vec<Step>) -> Vec<i64> {
        let report = self.run(spec, &plain(steps));
        assert!(report.whole, "{report:?}");
        report.programs.iter().map(|program| program.results.get(&0).copied().unwrap_or(i64::MIN)).collect()
    }
    /// What every way of every technique comes to in one clone.
    pub(crate) fn outcomes(&self, spec: &Spec) -> BTreeMap<String, String> {
        let place = Place {
            mark: self.mark.clone(),
            canary: CANARY.to_owned(),
            probe: PROBE_DIRECTORY,
            neighbour_process: NEIGHBOUR_PROCESS,
            neighbour: self.neighbour.address,
            host_directory: host_directory(spec).to_owned(),
            runtime_socket: runtime_socket(spec).to_owned(),
        };
        let ways: Vec<_> = every(&place)
            .into_iter()
            .filter(|(technique, way)| !technique.alone && way.not_applicable(spec).is_none())
            .collect();
        let programs: Vec<Program> = ways.iter().map(|(_, way)| way.program.clone()).collect();
        let report = self.run(spec, &programs);
        ways.iter()
            .zip(&report.programs)
            .map(|((technique, way), seen)| {
                (format!("{}/{}", technique.name, way.name), format!("{:?}", came(&way.program, seen)))
            })
            .collect()
    }
}

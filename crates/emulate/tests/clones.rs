//! Every technique on real clones, by every driver: what a container is by default, and a hardened one.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use tyrian_collect::docker::Endpoint;
use tyrian_emulate::attack::{Request, attack};
use tyrian_emulate::clone::docker::Docker;
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::clone::{Driver, Trouble};
use tyrian_emulate::neighbour;
use tyrian_emulate::spec::{Capabilities, Filter, Image, Limits, Namespace, Network, Spec, User};
use tyrian_emulate::target::workload::{MASKED, READ_ONLY};
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_model::purple::{Attempt, Outcome, Prevention};
use tyrian_model::workload::DEFAULT_CAPABILITIES;

const CANARY: &str = "canary-of-the-clones";

/// What a hardened container lets through as well, as the pages of these techniques say: what every program may do,
/// and what only a filter made for the workload stops.
const OPEN: [&str; 7] = [
    "execute-from-memory",
    "io-uring",
    "listen-on-port",
    "process-trace-sibling",
    "rare-socket",
    "read-environment",
    "trace-self",
];

/// As an engine starts a container that nobody has said anything about.
fn ordinary(filter: Filter) -> Spec {
    let capabilities: BTreeSet<String> = DEFAULT_CAPABILITIES.iter().map(|name| (*name).to_owned()).collect();
    Spec {
        capabilities: Capabilities::of_root(&capabilities),
        seccomp: filter,
        masked_paths: MASKED.map(str::to_owned).to_vec(),
        read_only_paths: READ_ONLY.map(str::to_owned).to_vec(),
        read_only_sys: true,
        namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Uts]),
        network: Network::Lab,
        directory: "/".into(),
        ..Spec::default()
    }
}

/// As it is advised to be.
fn hardened(filter: Filter) -> Spec {
    Spec {
        read_only_root: true,
        user: User { uid: 65534, gid: 65534, groups: Vec::new() },
        capabilities: Capabilities::default(),
        no_new_privileges: true,
        network: Network::None,
        limits: Limits { memory: Some(64 << 20), pids: Some(64), cpu: None },
        ..ordinary(filter)
    }
}

/// Every attempt on a clone of the spec, in a run of its own.
fn attempts(mut driver: Driver, spec: &Spec, mark: &str) -> Result<Vec<Attempt>, Trouble> {
    let held = driver.holds_neighbour();
    let neighbour = driver.start_neighbour(&neighbour::job(mark, CANARY, &Image::Empty, held))?;
    let capabilities = driver.capabilities()?;
    let request = Request {
        spec,
        techniques: TECHNIQUES,
        attribute: false,
        mark,
        canary: CANARY,
        capabilities: &capabilities,
        stop: &AtomicBool::new(false),
        listening: false,
        progress: &|_| {},
    };
    Ok(attack(&driver, &neighbour, &request).attempts)
}

/// What is wrong with how the attempts came out.
fn wrong(attempts: &[Attempt], is_hardened: bool) -> Vec<String> {
    let alone: BTreeSet<&str> = TECHNIQUES.iter().filter(|t| t.alone).map(|t| t.name).collect();
    let mut wrong = Vec::new();
    for attempt in attempts {
        let name = format!("{}/{}", attempt.technique, attempt.variant);
        let open = OPEN.contains(&attempt.technique.as_str());
        match (attempt.outcome, attempt.prevention) {
            (Outcome::NotApplicable, _) if attempt.reason.is_some() => {}
            (Outcome::Ran, Some(Prevention::NotBlocked | Prevention::Partial)) => {
                if is_hardened && !open {
                    wrong.push(format!("{name} goes through: {:?}", attempt.depth));
                }
                if !attempt.controls.is_empty() {
                    wrong.push(format!("{name} is said to break {:?}", attempt.controls));
                }
            }
            (Outcome::Ran, Some(Prevention::Blocked)) => {}
            // What uses up memory or processes cannot always be told on a busy machine.
            (Outcome::Inconclusive, _) if alone.contains(&attempt.technique.as_str()) => {}
            // An image's own programs have no twin: what stopped them is not told.
            (Outcome::Inconclusive, _)
                if attempt.reason.as_deref().is_some_and(|why| why.contains("no weakened clone")) => {}
            _ => {
                wrong.push(format!("{name}: {:?}, {:?} {:?}", attempt.outcome, attempt.reason, attempt.errno))
            }
        }
    }
    let blocked = attempts.iter().filter(|a| a.prevention == Some(Prevention::Blocked)).count();
    if blocked < if is_hardened { 100 } else { 70 } {
        wrong.push(format!("only {blocked} are blocked"));
    }
    wrong
}

/// The drivers that there are here, each made anew for every run.
fn on_every_driver(test: &str, is_hardened: bool, spec: fn(Filter) -> Spec) {
    // One after the other: some attempts use up what the machine has.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(engine) = tyrian_lab::docker(test) else { return };
    let endpoint = Endpoint::Unix(engine.socket);
    let mark = |driver: &str| format!("tyrian-test-{driver}-{}-{is_hardened}", std::process::id());
    let docker = Docker::connect(&endpoint, &mark("docker"), CANARY).unwrap();
    // The engine's own filter, told to all of them.
    let filter = docker.default_filter(&spec(Filter::EngineDefault)).unwrap();
    let Some(filter) = filter else {
        tyrian_lab::elsewhere(test, "the engine's own filter cannot be read");
        return;
    };
    let spec = spec(Filter::Profile(filter));
    let mut drivers = vec![Driver::Docker(Box::new(docker))];
    if tyrian_lab::root(test) {
        drivers.push(Driver::Namespaces(Namespaces::new(&mark("namespaces"))));
        if tyrian_lab::tool(test, "runc").is_some() {
            drivers.push(Driver::Runc(Runc::new(&mark("runc")).unwrap()));
        }
    }
    let mut all = Vec::new();
    for driver in drivers {
        let name = driver.name();
        match attempts(driver, &spec, &mark(name)) {
            Ok(attempts) => {
                all.extend(wrong(&attempts, is_hardened).into_iter().map(|wrong| format!("{name}: {wrong}")));
            }
            Err(trouble) => all.push(format!("{name}: {trouble}")),
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn what_a_container_is_by_default_breaks_no_control() {
    on_every_driver("what_a_container_is_by_default_breaks_no_control", false, ordinary);
}

#[test]
fn a_hardened_container_lets_through_only_what_the_pages_say() {
    on_every_driver("a_hardened_container_lets_through_only_what_the_pages_say", true, hardened);
}

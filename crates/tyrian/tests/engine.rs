//! A live engine and the machine under it: nothing that root can read stays unknown, and each container of the zoo
//! has the findings that its name promises.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod real;

use real::{checks_of, docker, endpoint, grave, scan};
use std::collections::BTreeSet;
use tyrian_report::Report;

/// What may stay unknown on a machine of developers or of CI, and why. A line here says which gap, by a part of
/// its text.
const MAY_BE_UNKNOWN: &[(&str, &str)] = &[
    (
        "is a distribution's own build",
        "whether Debian mended an old version says only the change log of its package",
    ),
    ("var.office_cidr", "whoever applies the shop's Terraform puts it in"),
];

/// What the name of a container promises: the checks that must fire on it.
const ZOO: &[(&str, &[&str])] = &[
    ("zoo-privileged", &["privileged-container"]),
    ("zoo-host-pid", &["host-pid-namespace"]),
    ("zoo-host-net", &["host-network-namespace"]),
    ("zoo-host-ipc", &["host-ipc-namespace"]),
    ("zoo-docker-sock", &["engine-socket-mounted"]),
    ("zoo-host-root", &["dangerous-host-path"]),
    ("zoo-seccomp-off", &["seccomp-unconfined"]),
    ("zoo-seccomp-custom", &["seccomp-dangerous-calls"]),
    ("zoo-sys-admin", &["dangerous-capability"]),
    ("zoo-published", &["port-on-all-addresses"]),
    ("zoo-env-secret", &["secret-in-container"]),
    ("zoo-log-none", &["log-driver-none"]),
    (
        "zoo-default",
        &[
            "root-user",
            "capabilities-not-dropped",
            "privilege-escalation-allowed",
            "writable-root",
            "memory-unlimited",
            "cpu-unlimited",
            "pids-unlimited",
            "health-check-missing",
        ],
    ),
];

/// Traits that are no fault: beside these containers no other check fires than on `zoo-default`.
const HARMLESS: &[&str] =
    &["zoo-published-loopback", "zoo-volumes", "zoo-device", "zoo-stopped", "zoo-unhealthy"];

#[test]
fn the_zoo_is_judged_as_its_names_promise() {
    let Some(engine) = tyrian_lab::docker("the_zoo_is_judged_as_its_names_promise") else { return };
    let report = scan(&["docker", "--docker-host", &endpoint(&engine)]);
    assert_eq!(report.sources[0].gaps, [], "every process is seen by root");
    for (name, expected) in ZOO {
        let found = checks_of(&report, &format!("/container:{name}"));
        for check in *expected {
            assert!(found.contains(check), "{name}: no {check} among {found:?}");
        }
    }
    // No profile of that name is loaded where there is no AppArmor; where there is, the container is unconfined.
    let found = checks_of(&report, "/container:zoo-apparmor-foo");
    assert!(found.contains("mac-not-in-force") || found.contains("mac-unconfined"), "{found:?}");

    // One fault, one finding: what the word brings with it is not said again.
    let found = checks_of(&report, "/container:zoo-privileged");
    for implied in
        ["dangerous-capability", "capabilities-not-dropped", "seccomp-unconfined", "unmasked-paths"]
    {
        assert!(!found.contains(implied), "{found:?}");
    }

    let plain = checks_of(&report, "/container:zoo-default");
    for name in HARMLESS {
        let found = checks_of(&report, &format!("/container:{name}"));
        let more: Vec<_> = found.difference(&plain).collect();
        assert!(more.is_empty(), "{name}: {more:?}");
    }
    for name in ["zoo-hardened", "zoo-ordinary"] {
        let of = report.findings.iter().filter(|f| f.subject.ends_with(&format!("/container:{name}")));
        assert_eq!(grave(of), Vec::<String>::new());
    }
}

#[test]
fn every_container_that_is_there_is_judged() {
    let Some(engine) = tyrian_lab::docker("every_container_that_is_there_is_judged") else { return };
    let names = docker(&engine, &["ps", "-a", "--format", "{{.Names}}", "--filter", "name=^/?zoo-"]);
    for name in names.lines() {
        let report = scan(&[&format!("container:{name}"), "--docker-host", &endpoint(&engine)]);
        assert!(report.summary.passed > 20, "{name}: {:?}", report.summary);
        let others: BTreeSet<_> = report
            .findings
            .iter()
            .map(|f| &f.subject)
            .filter(|id| !id.ends_with(&format!(":{name}")))
            .collect();
        assert!(others.is_empty(), "{name}: {others:?}");
    }
}

#[test]
fn nothing_is_unknown_where_everything_can_be_read() {
    let test = "nothing_is_unknown_where_everything_can_be_read";
    let Some(engine) = tyrian_lab::docker(test) else { return };
    if !tyrian_lab::root(test) {
        return;
    }
    let tree = tyrian_lab::checkout().join("examples/shop/fixed");
    let look = || scan(&["docker", "host", tree.to_str().unwrap(), "--docker-host", &endpoint(&engine)]);
    // Where a health check happens to run just now the gap says to look again; it ends within its own time limit.
    let passing =
        |report: &Report| report.unknowns.iter().any(|unknown| unknown.what.ends_with("look again"));
    let mut report = look();
    for _ in 0..10 {
        if !passing(&report) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(700));
        report = look();
    }
    assert_eq!(report.sources.len(), 3);
    assert!(report.sources.iter().all(|source| source.read > 0), "{:?}", report.sources);
    let mut left = Vec::new();
    for unknown in &report.unknowns {
        if !MAY_BE_UNKNOWN.iter().any(|(gap, _)| unknown.what.contains(gap)) {
            left.push(format!("{}: {:?} {:?}", unknown.what, unknown.checks, unknown.subjects));
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

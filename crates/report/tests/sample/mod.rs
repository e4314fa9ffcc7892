//! A small report with one of everything. Its checks are not in the catalogue, so that no text of the catalogue stands
//! in a snapshot.

use std::collections::BTreeMap;
use tyrian_judge::finding::{Finding, Place, Unknown, Waived};
use tyrian_judge::matrix::{Cell, Control, ControlKind, Grade, Matrix, Threat};
use tyrian_judge::policy::{Decision, Duty};
use tyrian_model::evidence::{Basis, Confidence, Layer, Severity};
use tyrian_model::fact::{Gap, Why};
use tyrian_model::snapshot::SourceStatus;
use tyrian_report::{FORMAT, Report, Summary};

fn finding(
    n: usize,
    check: &str,
    severity: Severity,
    name: &str,
    what: &str,
    place: Option<(&str, u32)>,
) -> Finding {
    Finding {
        id: format!("{n:012x}"),
        fingerprint: format!("{n:064x}"),
        group: String::new(),
        check: check.into(),
        layer: Layer::Runtime,
        severity,
        confidence: Confidence::High,
        world: "compose-shop".into(),
        subject: format!("compose-shop/{}", name.replacen(' ', ":", 1)),
        name: name.into(),
        basis: if place.is_some() { Basis::Declared } else { Basis::Observed },
        place: place.map(|(file, line)| Place { file: file.into(), line: Some(line), column: Some(5) }),
        what: what.into(),
        why: "Who owns the process owns the host.".into(),
        fix: "Drop `privileged: true`;\ngive the one capability that is needed.".into(),
        controls: ["least-capability".into()].into(),
        threats: ["container-breakout".into()].into(),
        ids: ["attack:T1611".into(), "nist:3.4.3".into(), "cis-docker:5.5".into(), "pss:baseline".into()]
            .into(),
        owner: None,
        waived: None,
        patch: None,
        package: None,
        advisory: None,
    }
}

/// One of everything: open and accepted findings, a refusal, an unknown, a gap, a duty, three grades.
pub(crate) fn report() -> Report {
    let mut findings = vec![
        finding(
            1,
            "sample-privileged",
            Severity::High,
            "service web",
            "runs privileged",
            Some(("compose.yaml", 4)),
        ),
        finding(2, "sample-privileged", Severity::High, "container db", "runs privileged", None),
        finding(
            3,
            "sample-root",
            Severity::Medium,
            "service db",
            "no user is set, so it runs as root",
            Some(("compose.yaml", 9)),
        ),
        finding(
            4,
            "sample-writable",
            Severity::Low,
            "service db",
            "its root file system can be written",
            Some(("a b/ü.yaml", 9)),
        ),
    ];
    findings[0].owner = Some("team shop".into());
    findings[2].controls = ["non-root".into()].into();
    findings[3].waived = Some(Waived {
        owner: "shop".into(),
        approver: "ann@example.org".into(),
        reason: "moves to a volume in spring".into(),
        expires: "2027-01-31".into(),
        vex: None,
    });
    let threat = |id: &str, title: &str, layers: &[Layer]| Threat {
        id: id.into(),
        title: title.into(),
        layers: layers.to_vec(),
        ids: vec!["attack:T1611".into()],
    };
    let control = |id: &str, title: &str, kind, unserved: Option<&str>| Control {
        id: id.into(),
        title: title.into(),
        layers: vec![Layer::Runtime],
        kind,
        answers: vec!["container-breakout".into()],
        unserved: unserved.map(str::to_owned),
    };
    let cell = |control: &str, grade: Option<Grade>, check: Option<&str>| Cell {
        threat: "container-breakout".into(),
        control: control.into(),
        grade,
        counts: grade.into_iter().map(|grade| (grade, 2)).collect(),
        weakest: grade.into_iter().map(|_| "compose-shop/service:web".to_owned()).collect(),
        checks: check.into_iter().map(str::to_owned).collect(),
        proofs: Vec::new(),
        would_try: Vec::new(),
    };
    let mut report = Report {
        format: FORMAT,
        tool: "tyrian 0.1.0".into(),
        taken: 1_790_000_000,
        sources: vec![
            SourceStatus {
                target: "shop".into(),
                kind: "tree".into(),
                root: None,
                worlds: Vec::new(),
                read: 7,
                gaps: Vec::new(),
            },
            SourceStatus {
                target: "host".into(),
                kind: "host".into(),
                root: None,
                worlds: Vec::new(),
                read: 1,
                gaps: vec![Gap::new(Why::Denied, "/etc/shadow cannot be read; run as root")],
            },
        ],
        summary: Summary { subjects: 3, checks: 3, passed: 5, failed: 4, unknown: 1, ..Summary::default() },
        findings,
        cures: Vec::new(),
        unknowns: vec![Unknown {
            why: Why::Unresolved,
            what: "compose.yaml:12: ${USER} is filled in later".into(),
            checks: vec!["sample-root".into()],
            subjects: vec!["compose-shop/service:web".into()],
        }],
        matrix: Matrix {
            threats: vec![
                threat("container-breakout", "A process leaves its container", &[Layer::Runtime]),
                threat("open-cidr", "Anybody can reach it", &[Layer::Cloud]),
            ],
            controls: vec![
                control("least-capability", "No more rights than needed", ControlKind::Prevents, None),
                control("non-root", "Processes run as users", ControlKind::Prevents, None),
                control("seccomp", "System calls are filtered", ControlKind::Prevents, None),
                control(
                    "taint-on-access",
                    "Touched containers are replaced",
                    ControlKind::Process,
                    Some("nothing shows it"),
                ),
            ],
            cells: vec![
                cell("least-capability", Some(Grade::Absent), Some("sample-privileged")),
                cell("non-root", Some(Grade::Unknown), Some("sample-root")),
                cell("seccomp", Some(Grade::Claimed), Some("sample-seccomp")),
                cell("taint-on-access", None, None),
            ],
        },
        duties: BTreeMap::from([(
            "seccomp".into(),
            Duty { operates: Some("platform team".into()), accountable: Some("Ann".into()) },
        )]),
        decision: Decision {
            passed: false,
            reasons: vec!["2 findings are high or worse".into()],
            refused: vec!["tyrian.toml: root-user is worse than what may be accepted".into()],
        },
    };
    report.count();
    report
}

/// A report with more checks and more places than a first screen shows, some of them in two worlds.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn many() -> Report {
    let mut report = report();
    report.findings.truncate(1);
    for n in 0..12 {
        let name = format!("container {n}");
        let mut one = finding(
            100 + n,
            "sample-privileged",
            Severity::High,
            &name,
            "runs privileged",
            Some(("compose.yaml", 4 + u32::try_from(n).unwrap_or(0))),
        );
        report.findings.push(one.clone());
        one.world = "overlay-dev".into();
        report.findings.push(one);
    }
    report.findings.remove(0);
    for n in 0..8 {
        let check = format!("check-number-{}", "n".repeat(n));
        report.findings.push(finding(
            200 + n,
            &check,
            Severity::Low,
            "service a",
            "has something that takes some words to say in one line",
            None,
        ));
    }
    report.count();
    report
}

//! The matrix for other programs: a table, a layer of the ATT&CK Navigator, OSCAL, the countermeasures of NIST.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

mod sample;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::attacks::{Proof, Says};
use tyrian_judge::matrix::Grade;
use tyrian_model::facts::Facts;
use tyrian_model::snapshot::{FORMAT, Snapshot};
use tyrian_report::{Report, benchmark, csv, navigator, nist, oscal};

/// The sample, with an attack that went through and one that was stopped, on a thing with a hostile name.
fn report() -> Report {
    let mut report = sample::report();
    let hostile = "=cmd|' /C calc'!A0\n<b>\u{202e}[x](javascript:alert(1))";
    for (n, grade, says) in [(0, Grade::Broken, Says::Broken), (2, Grade::Proven, Says::Prevented)] {
        let cell = &mut report.matrix.cells[n];
        cell.proofs = vec![Proof {
            threat: cell.threat.clone(),
            control: cell.control.clone(),
            subject: hostile.into(),
            says,
            attempt: "mount-file-system/fsopen".into(),
            run: "tyrian-1".into(),
            started: report.taken - 86_400,
            lapsed: None,
        }];
        (cell.grade, cell.counts, cell.weakest) =
            (Some(grade), [(grade, 1)].into(), vec![hostile.to_owned()]);
    }
    report
}

#[test]
fn a_table_has_a_row_for_each_cell_and_no_formula() {
    let table = csv::matrix(&report());
    let rows: Vec<&str> = table.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 1 + report().matrix.cells.len(), "{table}");
    assert!(rows[0].starts_with("threat,control,kind,layers,grade,proven_by,"));
    assert!(
        rows[1].starts_with("container-breakout,least-capability,prevents,runtime,broken,,1,"),
        "{}",
        rows[1]
    );
    assert!(
        rows[3].starts_with("container-breakout,seccomp,prevents,runtime,proven,prevention,"),
        "{}",
        rows[3]
    );
    assert!(rows[3].contains("a day ago"), "{}", rows[3]);
    assert!(!table.contains(",=") && !table.contains(",\"=") && !table.contains('\u{202e}'), "{table}");
}

fn layer(report: &Report) -> Value {
    serde_json::from_str(&navigator::render(report).unwrap()).unwrap()
}

#[test]
fn a_layer_scores_each_technique_and_shows_what_is_broken() {
    let layer = layer(&report());
    assert_eq!(layer["versions"]["layer"], "4.5");
    assert_eq!(layer["domain"], "enterprise-attack");
    let techniques = layer["techniques"].as_array().unwrap();
    assert_eq!(techniques.len(), 1, "{techniques:#?}");
    // Broken 0, unknown 20, proven 100; what was not judged is no part of it.
    assert_eq!((&techniques[0]["techniqueID"], &techniques[0]["score"]), (&"T1611".into(), &40.into()));
    assert_eq!(techniques[0]["color"], "#8c0d24");
    let comment = techniques[0]["comment"].as_str().unwrap();
    assert!(
        comment.starts_with(
            "least-capability against container-breakout: mount-file-system/fsopen went through"
        )
    );
    assert!(!comment.contains('\u{202e}'));
    let mut better = report();
    better.matrix.cells[0].grade = Some(Grade::Proven);
    assert_eq!(self::layer(&better)["techniques"][0]["score"], 73);
    assert_eq!(self::layer(&better)["techniques"][0]["color"], "");
}

fn results(report: &Report) -> Value {
    serde_json::from_str(&oscal::render(report).unwrap()).unwrap()
}

/// All values of keys that end so.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if name == key {
                    found.extend(value.as_str());
                }
                all(value, key, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[test]
fn oscal_has_an_observation_for_each_cell_and_a_finding_for_each_control() {
    let document = results(&report());
    let result = &document["assessment-results"]["results"][0];
    let observations = result["observations"].as_array().unwrap();
    assert_eq!(observations.len(), 3, "the cell without a grade is none");
    let methods: Vec<&str> = observations.iter().map(|it| it["methods"][0].as_str().unwrap()).collect();
    assert_eq!(methods, ["TEST", "EXAMINE", "TEST"], "attacks test, checks examine");
    assert_eq!(observations[2]["collected"], "2026-09-20T14:13:20Z", "when the attack was");
    assert_eq!(observations[2]["expires"], "2026-10-20T14:13:20Z", "30 days later");
    let states: Vec<(&str, &str, &str)> = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let target = &finding["target"];
            let text = |value: &'static str| -> &str { target["status"][value].as_str().unwrap() };
            (target["target-id"].as_str().unwrap(), text("state"), text("reason"))
        })
        .collect();
    assert_eq!(
        states,
        [
            ("least-capability", "not-satisfied", "fail"),
            ("non-root", "not-satisfied", "other"),
            ("seccomp", "satisfied", "pass"),
        ]
    );
    // Everything that is referred to is there, once.
    let (mut uuids, mut observed, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
    all(&document, "uuid", &mut uuids);
    all(&document, "observation-uuid", &mut observed);
    all(&document, "subject-uuid", &mut subjects);
    let distinct: BTreeSet<&str> = uuids.iter().copied().collect();
    assert_eq!(distinct.len(), uuids.len(), "{uuids:?}");
    assert!(observed.iter().chain(&subjects).all(|uuid| distinct.contains(uuid)));
    assert!(uuids.iter().all(|uuid| uuid.len() == 36 && uuid.as_bytes()[14] == b'5'), "{uuids:?}");
    assert!(!document.to_string().contains('\u{202e}'));
    // What looks like markup stands as code.
    let mut texts = Vec::new();
    ["title", "description"].iter().for_each(|key| all(&document, key, &mut texts));
    let marked: Vec<&str> = texts.into_iter().filter(|text| text.contains("<b>")).collect();
    assert!(
        !marked.is_empty() && marked.iter().all(|text| text.starts_with('`') && text.ends_with('`')),
        "{marked:?}"
    );
}

#[test]
fn the_same_results_are_the_same_document_and_others_are_not() {
    assert_eq!(oscal::render(&report()).unwrap(), oscal::render(&report()).unwrap());
    let mut later = report();
    later.taken += 1;
    assert_ne!(
        results(&later)["assessment-results"]["uuid"],
        results(&report())["assessment-results"]["uuid"]
    );
}

#[test]
fn nothing_judged_is_a_document_too() {
    let mut report = report();
    report.matrix.cells.clear();
    let document = results(&report);
    let result = &document["assessment-results"]["results"][0];
    // OSCAL takes no empty list.
    for key in ["observations", "findings", "local-definitions"] {
        assert_eq!(result.get(key), None, "{key}");
    }
    assert_eq!(layer(&report)["techniques"], serde_json::json!([]));
}

#[test]
fn the_countermeasures_of_nist_stand_with_their_counts_in_80_columns() {
    let report = report();
    let benchmark = tyrian_rules::benchmark::named("nist-800-190").unwrap();
    let snapshot = Snapshot {
        format: FORMAT,
        tool: report.tool.clone(),
        taken: report.taken,
        sources: Vec::new(),
        facts: Facts::default(),
    };
    let view = benchmark::view(&benchmark, &snapshot, &[], &[]);
    let checks = tyrian_rules::checks::all();
    let unknown = BTreeMap::from([("root-user", 7)]);
    let text = nist::render(&view, &report.matrix, &unknown, &checks, 80);
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |out, part| out + part.split_once('m').map_or(part, |(_, rest)| rest));
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let row = |id: &str| text.lines().find(|line| line.starts_with(id)).unwrap_or_default().to_owned();
    // 4.4.3 is about settings of containers: seccomp is proven, least-capability broken.
    let cells: Vec<String> = row("4.4.3").split_whitespace().map(str::to_owned).collect();
    let counts = &cells[cells.len() - 5..];
    assert_eq!((counts[0].as_str(), counts[1].as_str()), ("1", "1"), "{text}");
    assert!(row("4.2.2").ends_with('·'), "{text}");
    assert!(text.contains("4.2.2 registries are not asked"), "{text}");
}

//! SARIF of a small report: what services rely on. The schema is asked by `judges/sarif`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

mod sample;

use serde_json::Value;
use tyrian_report::{Report, sarif};

fn run(report: &Report) -> Value {
    let log: Value = serde_json::from_str(&sarif::render(report).unwrap()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    log["runs"][0].clone()
}

#[test]
fn a_small_report_looks_so() {
    let text = sarif::render(&sample::report()).unwrap();
    snapbox::assert_data_eq!(text, snapbox::file!["snapshots/small.sarif"].raw());
}

#[test]
fn every_result_has_its_rule() {
    let run = run(&sample::report());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn a_fault_that_moves_keeps_its_fingerprint() {
    let before = sample::report();
    let mut after = before.clone();
    for finding in &mut after.findings {
        if let Some(place) = &mut finding.place {
            place.line = place.line.map(|line| line + 7);
        }
    }
    let prints = |report| -> Vec<Value> {
        let run = run(report);
        run["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["partialFingerprints"].clone())
            .collect()
    };
    assert_eq!(prints(&before), prints(&after));
    assert_ne!(run(&before), run(&after));
}

#[test]
fn accepted_findings_are_suppressed_and_unseen_things_are_said() {
    let run = run(&sample::report());
    let suppressed: Vec<usize> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["suppressions"].as_array().unwrap().len())
        .collect();
    assert_eq!(suppressed, [0, 0, 0, 1]);
    let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "an unknown and a gap of a source: {notes:?}");
}

#[test]
fn a_rule_says_what_the_catalogue_says() {
    let check =
        tyrian_rules::checks::all().into_iter().find(|check| check.name == "privileged-container").unwrap();
    let mut report = sample::report();
    report.findings[0].check = check.name.into();
    let rule = &run(&report)["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], check.name);
    assert_eq!(rule["shortDescription"]["text"], check.title());
    assert!(rule["help"]["markdown"].as_str().unwrap().contains(&check.section("Fix")));
    assert!(tyrian_report::html::render(&report).contains(check.title().trim_end_matches('.')));
}

#[test]
fn a_patch_is_a_fix_by_whole_lines() {
    let mut report = sample::report();
    let placed = report.findings.iter().position(|finding| finding.place.is_some()).unwrap();
    let fixes = |patch: &str, report: &mut Report| {
        report.findings[placed].patch = Some(patch.to_owned());
        run(report)["results"][placed]["fixes"].clone()
    };
    let patch = "--- a/f\n+++ b/f\n@@ -3,2 +3,3 @@\n a\n+b\n c\n@@ -9,0 +11 @@\n+d\n@@ -12 +14 @@\n-e\n+g\n";
    let made = fixes(patch, &mut report);
    let of = |n: usize, what: &str| made[0]["artifactChanges"][0]["replacements"][n][what].clone();
    assert_eq!(of(0, "insertedContent")["text"], "a\nb\nc\n");
    assert_eq!(
        (&of(0, "deletedRegion")["startLine"], &of(0, "deletedRegion")["endLine"]),
        (&3.into(), &5.into())
    );
    assert_eq!(
        (&of(1, "deletedRegion")["startLine"], &of(1, "deletedRegion")["endLine"]),
        (&10.into(), &10.into())
    );
    assert_eq!(of(2, "insertedContent")["text"], "g\n");
    for none in [
        "",
        "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n",
        "@@ -1 +1 @@\n+\u{202e}\n",
    ] {
        assert!(fixes(none, &mut report).is_null(), "{none}");
    }
}

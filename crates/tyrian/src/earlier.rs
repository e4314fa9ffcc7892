//! The JSON report of an earlier scan, judged by today's policies.
//!
//! Nothing is taken from it that this program can know better: severities come from the catalogue, and what was accepted
//! then is accepted anew or not at all. A report of another version, one that leaves something out, and one that is old
//! fail the gate. Who can write the file can leave findings out: its digest is said, and can be pinned.

use crate::config::Config;
use crate::scan::{TOOL, bytes};
use crate::{Failure, assess, exit, vulnerable};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use tyrian_model::evidence::Severity;
use tyrian_model::facts::Ignore;
use tyrian_report::text::clean;
use tyrian_report::{FORMAT, Report};
use tyrian_rules::checks;

/// The largest report that is read, in bytes.
const MOST_BYTES: u64 = 1 << 30;
/// How old a report may be, in days: what it saw is then no longer evidence.
const OLDEST: i64 = 30;
const DAY: i64 = 86_400;

/// Reads the report and lets the gate decide on it.
///
/// # Errors
/// No report, not the pinned one, or one that leaves out what a decision needs.
pub(crate) fn report(file: &Path, pinned: Option<&str>, config: Config) -> Result<Report, Failure> {
    let shown = file.display();
    let bytes =
        bytes(file, MOST_BYTES).map_err(|what| Failure::new(exit::USAGE, format!("{shown}: {what}")))?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if pinned.is_some_and(|pinned| pinned != found) {
        let what = format!("{shown} is not the report that was pinned: its digest is sha256:{found}");
        return Err(Failure::new(exit::USAGE, what));
    }
    let refuse = |what: String| Failure::new(exit::GATE, format!("the gate fails: {shown}: {what}"));
    let mut report: Report = serde_json::from_slice(&bytes)
        .map_err(|error| refuse(format!("no whole report of tyrian scan -f json: {error}")))?;
    if report.format != FORMAT {
        return Err(refuse(format!(
            "a report of format {}; this program reads format {FORMAT}",
            report.format
        )));
    }
    let mut reasons = doubts(&report);
    anstream::eprintln!(
        "tyrian: {} of {}, {}, sha256:{found}",
        clean(&shown.to_string()),
        clean(&report.tool),
        age(report.taken)
    );
    let ignores = taken_back(&mut report);
    let owners: Vec<Option<String>> = report.findings.iter().map(|finding| finding.owner.clone()).collect();
    assess::decided(&mut report, config, &ignores, &BTreeMap::new());
    // Labels and images, by which an owner may be found, are not in a report.
    for (finding, owner) in report.findings.iter_mut().zip(owners) {
        finding.owner = finding.owner.take().or(owner);
    }
    reasons.append(&mut report.decision.reasons);
    report.decision.passed = reasons.is_empty();
    report.decision.reasons = reasons;
    Ok(report)
}

/// Why this program cannot decide by that report.
fn doubts(report: &Report) -> Vec<String> {
    let mut doubts = Vec::new();
    if report.tool != TOOL {
        doubts.push(format!("the report is of {}, and this is {TOOL}: scan again", report.tool));
    }
    if report.sources.is_empty() {
        doubts.push("the report does not say what was scanned".into());
    }
    match jiff::Timestamp::now().as_second() - report.taken {
        old if old > OLDEST * DAY => {
            doubts.push(format!("the report is {} days old, more than {OLDEST}: scan again", old / DAY));
        }
        old if old < -DAY => doubts.push("the report is of a day that is still to come".into()),
        _ => {}
    }
    doubts
}

/// Takes from the findings what policies and catalogue say anew. Gives the comments by which files asked to ignore one.
fn taken_back(report: &mut Report) -> Vec<Ignore> {
    let checks = checks::all();
    let mut ignores = Vec::new();
    // What the program said of waivers is said anew.
    report.findings.retain(|finding| finding.world != "policy");
    for finding in &mut report.findings {
        if let Some(check) = checks.iter().find(|check| check.name == finding.check) {
            // That of an advisory is the advisory's.
            let of_advisory = finding.advisory.as_ref().filter(|_| vulnerable::is_of_advisory(check.name));
            let said = of_advisory.map(|advisory| advisory.severity.unwrap_or(Severity::Medium));
            finding.severity = said.unwrap_or(check.severity());
            finding.layer = check.layer;
            finding.confidence = check.confidence;
        }
        let Some(waived) = finding.waived.take() else { continue };
        // A comment in a file has neither approver nor end.
        let line = finding.place.as_ref().and_then(|place| Some((place.file.clone(), place.line?)));
        if let Some((file, line)) = line.filter(|_| waived.approver.is_empty() && waived.expires.is_empty()) {
            ignores.push(Ignore { file, line, check: finding.check.clone(), reason: waived.reason });
        }
    }
    ignores
}

fn age(taken: i64) -> String {
    let seconds = jiff::Timestamp::now().as_second() - taken;
    match seconds {
        ..0 => "of a time to come".to_owned(),
        0..3600 => format!("{} min old", seconds / 60),
        3600..DAY => format!("{} h old", seconds / 3600),
        _ => format!("{} days old", seconds / DAY),
    }
}

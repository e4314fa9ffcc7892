//! GitLab's code quality report: the widget and the marks in a merge request's changes, in every edition of GitLab.
//!
//! It has a place for findings only. What could not be seen is therefore an entry of its own, without which silence
//! would be taken for a pass; what somebody accepted is left out.

use crate::Report;
use crate::text::{clean, word, words};
use serde_json::{Value, json};
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Severity;

/// The report as one JSON array with a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let findings = report.open().map(|finding| issue(report, finding));
    let unseen = report.unseen().into_iter().map(|what| {
        json!({
            "type": "issue",
            "check_name": "unknown",
            "description": clean(&format!("Not seen: {what}")),
            "categories": ["Security"],
            "severity": "minor",
            "fingerprint": clean(&what),
            "location": {"path": ".", "lines": {"begin": 1}},
        })
    });
    let issues: Vec<Value> = findings.chain(unseen).collect();
    serde_json::to_string_pretty(&issues).map(|text| crate::json::plain(text) + "\n")
}

fn issue(report: &Report, finding: &Finding) -> Value {
    let line = finding.place.as_ref().and_then(|place| place.line).filter(|line| *line > 0).unwrap_or(1);
    let path = report.path(finding).unwrap_or_else(|| finding.subject.clone());
    json!({
        "type": "issue",
        "check_name": clean(&finding.check),
        "description": clean(&format!("{} {}", finding.name, finding.what)),
        "content": {"body": clean(&format!("{} Fix: {}", words(&finding.why), words(&finding.fix)))},
        "categories": ["Security"],
        "severity": match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Info => "info",
        },
        "fingerprint": clean(&finding.fingerprint),
        "location": {"path": clean(&path), "lines": {"begin": line}},
        "tags": [word(&finding.layer)],
    })
}

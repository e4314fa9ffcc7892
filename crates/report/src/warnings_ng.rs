//! The native JSON of Jenkins' warnings plugin (`recordIssues tool: issues(...)`).
//!
//! It shows messages and descriptions as HTML, so that both are escaped here. What could not be seen is an issue of its
//! own; what somebody accepted is left out.

use crate::Report;
use crate::group::title;
use crate::text::{clean, escape, word, words};
use serde_json::{Value, json};
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Severity;

/// The report as one JSON document with a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let unseen = report.unseen().into_iter().map(|what| {
        json!({
            "fileName": "-",
            "severity": "NORMAL",
            "category": "unknown",
            "type": "unknown",
            "message": escape(&format!("Not seen: {what}")),
            "fingerprint": clean(&what),
        })
    });
    let issues: Vec<Value> = report.open().map(|finding| issue(report, finding)).chain(unseen).collect();
    let document = json!({
        "_class": "io.jenkins.plugins.analysis.core.restapi.ReportApi",
        "issues": issues,
        "size": issues.len(),
    });
    serde_json::to_string_pretty(&document).map(|text| crate::json::plain(text) + "\n")
}

fn issue(report: &Report, finding: &Finding) -> Value {
    let mut issue = json!({
        "fileName": report.path(finding).map_or_else(|| "-".to_owned(), |path| clean(&path)),
        "severity": match finding.severity {
            Severity::Critical => "ERROR",
            Severity::High => "HIGH",
            Severity::Medium => "NORMAL",
            Severity::Low | Severity::Info => "LOW",
        },
        "category": word(&finding.layer),
        "type": clean(&finding.check),
        "message": escape(&format!("{} {}", finding.name, finding.what)),
        "description": format!(
            "<p><b>{}.</b></p><p>{}</p><p>Fix: {}</p>",
            escape(&title(finding)),
            escape(&words(&finding.why)),
            escape(&words(&finding.fix))
        ),
        "moduleName": clean(&finding.world),
        "packageName": clean(&finding.subject),
        "fingerprint": clean(&finding.fingerprint),
    });
    let place = finding.place.as_ref();
    if let Some(line) = place.and_then(|place| place.line).filter(|line| *line > 0) {
        issue["lineStart"] = json!(line);
        if let Some(column) = place.and_then(|place| place.column).filter(|column| *column > 0) {
            issue["columnStart"] = json!(column);
        }
    }
    issue
}

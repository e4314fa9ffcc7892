//! GitLab's security report for static analysis, schema 15: what its merge requests and vulnerability pages read.
//!
//! A finding is tracked by its fingerprint, which holds no line. What somebody accepted is left out, since GitLab would
//! count it; what could not be seen is a message of the scan.

use crate::Report;
use crate::group::title;
use crate::markdown;
use crate::text::{clean, cut, word, words};
use serde_json::{Value, json};
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Severity;
use tyrian_model::fact::Why;

/// The version of the schema.
const VERSION: &str = "15.0.0";
/// The most characters of a name and of a solution, by the schema.
const LONGEST_NAME: usize = 255;
const LONGEST_SOLUTION: usize = 7000;
const LONGEST: usize = 4000;

/// The report as one JSON document with a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let (name, version) = report.tool.rsplit_once(' ').unwrap_or((report.tool.as_str(), "0"));
    let tool = json!({
        "id": "tyrian",
        "name": filled(name),
        "version": filled(version),
        "vendor": {"name": filled(name)},
    });
    let time = jiff::Timestamp::from_second(report.taken).unwrap_or_default();
    let time = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    // A scan that saw nothing of a target is no success.
    let blind = report
        .sources
        .iter()
        .any(|source| source.read == 0 && source.gaps.iter().any(|gap| gap.why != Why::NotAsked));
    let unseen = report.unseen().into_iter().map(|what| format!("Not seen: {what}"));
    let refused = report.decision.refused.iter().map(|what| format!("Refused: {what}"));
    let messages: Vec<Value> =
        unseen.chain(refused).map(|text| json!({"level": "warn", "value": filled(&text)})).collect();
    let report = json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "sast",
            "status": if blind { "failure" } else { "success" },
            "start_time": time,
            "end_time": time,
            "messages": messages,
        },
        "vulnerabilities": report.open().map(|finding| vulnerability(report, finding)).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&report).map(|text| crate::json::plain(text) + "\n")
}

fn vulnerability(report: &Report, finding: &Finding) -> Value {
    let path = report.path(finding);
    let line = finding.place.as_ref().and_then(|place| place.line).filter(|line| *line > 0);
    // A live thing has no file; its id keeps it apart from all others.
    let file = clean(path.as_deref().unwrap_or(&finding.subject));
    let mut location = json!({"file": file});
    let mut item = json!({
        "file": file,
        "signatures": [{"algorithm": "hash", "value": clean(&finding.fingerprint)}],
    });
    if let Some(line) = line {
        location["start_line"] = json!(line);
        item["start_line"] = json!(line);
        item["end_line"] = json!(line);
    }
    let mut identifiers = vec![json!({
        "type": "tyrian_check",
        "name": format!("tyrian {}", clean(&finding.check)),
        "value": filled(&finding.check),
    })];
    for id in finding.ids.iter() {
        let id = clean(id);
        let Some((kind, value)) =
            id.split_once(':').filter(|(kind, value)| !kind.is_empty() && !value.is_empty())
        else {
            continue;
        };
        identifiers.push(json!({"type": kind, "name": format!("{kind} {value}"), "value": value}));
    }
    // GitLab shows it as Markdown.
    let description = format!(
        "{} {}\n\n{}",
        markdown::text(&finding.name),
        markdown::text(&cut(&finding.what, LONGEST)),
        markdown::prose(&cut(&words(&finding.why), LONGEST))
    );
    json!({
        "id": clean(&finding.fingerprint),
        "name": first(&filled(&title(finding)), LONGEST_NAME),
        "description": description,
        "severity": match finding.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Info => "Info",
        },
        "solution": first(&clean(&words(&finding.fix)), LONGEST_SOLUTION),
        "identifiers": identifiers,
        "location": location,
        "tracking": {"type": "source", "items": [item]},
        "details": {
            "subject": {"name": "Subject", "type": "value", "value": clean(&finding.subject)},
            "confidence": {"name": "Confidence", "type": "value", "value": word(&finding.confidence)},
            "group": {"name": "What one change mends", "type": "value", "value": clean(&finding.group)},
        },
    })
}

/// The schema wants at least one character.
fn filled(text: &str) -> String {
    let text = clean(text);
    if text.is_empty() { "-".to_owned() } else { text }
}

fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

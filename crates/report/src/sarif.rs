//! SARIF 2.1.0, for code scanning services and editors.
//!
//! A result has the finding's fingerprint, which holds no line numbers; what somebody accepted is suppressed and stays
//! in the file; what could not be seen is a notification, so that silence is never taken for a pass.

use crate::Report;
use crate::text::{clean, hidden, word, words};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write;
use tyrian_judge::finding::{Finding, Place};
use tyrian_model::evidence::{Basis, Confidence, Severity};
use tyrian_model::fact::Why;
use tyrian_rules::checks;

/// Where the schema of the format stands.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as one SARIF log with one run, and a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    let mut rules = Vec::new();
    let mut results = Vec::new();
    for finding in &report.findings {
        let at = *index.entry(&finding.check).or_insert_with(|| {
            rules.push(rule(finding));
            rules.len() - 1
        });
        results.push(result(report, finding, at));
    }
    let (name, version) = report.tool.rsplit_once(' ').unwrap_or((report.tool.as_str(), "0"));
    let mut driver = json!({"name": clean(name), "rules": rules});
    if version.starts_with(|c: char| c.is_ascii_digit()) {
        driver["version"] = json!(clean(version));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "invocations": [invocation(report)],
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "Where the program ran."}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

/// What the check of a finding is: as the catalogue has it, or what the finding itself says of it.
fn rule(finding: &Finding) -> Value {
    let check = checks::all().into_iter().find(|check| check.name == finding.check);
    let title =
        check.map_or_else(|| format!("The check {}.", finding.check), |check| sentence(check.title()));
    let why = words(&finding.why);
    let mut markdown = match check {
        Some(check) => check.text().trim().to_owned(),
        None => format!("## Why it matters\n{}\n## Fix\n{}", clean(&why), clean(&words(&finding.fix))),
    };
    let _ = write!(markdown, "\n\nControls: {}", clean(&finding.controls.join(", ")));
    let mut tags = vec!["security".to_owned(), format!("layer/{}", word(&finding.layer))];
    tags.extend(finding.ids.iter().map(|id| clean(id)));
    tags.dedup();
    json!({
        "id": clean(&finding.check),
        "shortDescription": {"text": message(&title)},
        "fullDescription": {"text": message(&why)},
        "help": {"text": message(&words(&finding.fix)), "markdown": markdown},
        "defaultConfiguration": {"level": level(finding.severity)},
        "properties": {
            "tags": tags,
            "precision": match finding.confidence {
                Confidence::High => "high",
                Confidence::Medium => "medium",
                Confidence::Low => "low",
            },
            "security-severity": number(finding.severity),
            "problem.severity": match finding.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "recommendation",
            },
        },
    })
}

fn result(report: &Report, finding: &Finding, rule: usize) -> Value {
    let live = if finding.basis == Basis::Observed { " (seen live)" } else { "" };
    let mut location = json!({
        "logicalLocations": [{"fullyQualifiedName": clean(&finding.subject), "name": clean(&finding.name), "kind": "resource"}],
    });
    if let Some(place) = &finding.place {
        location["physicalLocation"] = physical(&report.path(finding).unwrap_or_default(), place);
    }
    let mut result = json!({
        "ruleId": clean(&finding.check),
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": {"text": message(&format!("{} {}{live}", finding.name, finding.what))},
        "locations": [location],
        "partialFingerprints": {"tyrian/v1": clean(&finding.fingerprint)},
        "properties": {
            "severity": word(&finding.severity),
            "confidence": word(&finding.confidence),
            "world": clean(&finding.world),
            "threats": finding.threats.iter().map(|threat| clean(threat)).collect::<Vec<_>>(),
            "owner": finding.owner.as_deref().map(clean),
        },
    });
    // An empty list says that suppressions were looked at and there is none.
    result["suppressions"] = match &finding.waived {
        Some(waived) => {
            let why = format!(
                "{} (owner {}, allowed by {}, until {})",
                waived.reason, waived.owner, waived.approver, waived.expires
            );
            json!([{"kind": "external", "status": "accepted", "justification": clean(&why)}])
        }
        None => json!([]),
    };
    let file = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    if let Some(replacements) = finding.patch.as_deref().and_then(replacements).filter(|_| file.is_object()) {
        let change = json!({"artifactLocation": file, "replacements": replacements});
        result["fixes"] =
            json!([{"description": {"text": message(&finding.fix)}, "artifactChanges": [change]}]);
    }
    result
}

/// The hunks of a unified diff of one file as regions of whole lines that others replace; nothing where it has none, or
/// where it ends in a line without an end, or holds what cannot be seen.
fn replacements(patch: &str) -> Option<Vec<Value>> {
    if patch.chars().any(|c| hidden(c) && !matches!(c, '\n' | '\r' | '\t')) {
        return None;
    }
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for line in patch.split_inclusive('\n') {
        match (line.strip_prefix("@@ -"), found.last_mut(), line.get(..1)?) {
            (Some(range), ..) => {
                let old = range.split(' ').next()?;
                let (first, count) = old.split_once(',').unwrap_or((old, "1"));
                let (first, count): (usize, usize) = (first.parse().ok()?, count.parse().ok()?);
                found.push((first + usize::from(count == 0), count, String::new()));
            }
            (None, Some((_, _, new)), " " | "+") => new.push_str(&line[1..]),
            (None, Some(_), "\\") => return None,
            _ => {}
        }
    }
    let region = |(first, count, new): (usize, usize, String)| {
        json!({
            "deletedRegion": {"startLine": first, "startColumn": 1, "endLine": first + count, "endColumn": 1},
            "insertedContent": {"text": new},
        })
    };
    Some(found.into_iter().map(region).collect()).filter(|all: &Vec<Value>| !all.is_empty())
}

fn physical(path: &str, place: &Place) -> Value {
    let mut physical = match path.strip_prefix('/') {
        Some(absolute) => json!({"artifactLocation": {"uri": format!("file:///{}", uri(absolute))}}),
        None => json!({"artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"}}),
    };
    // Lines and columns count from 1; a zero would be no place.
    if let Some(line) = place.line.filter(|line| *line > 0) {
        physical["region"] = json!({"startLine": line});
        if let Some(column) = place.column.filter(|column| *column > 0) {
            physical["region"]["startColumn"] = json!(column);
        }
    }
    physical
}

/// A path as a relative reference: what is not unreserved is percent-encoded, the slashes stay.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The run as a whole: when, and what it did not see.
fn invocation(report: &Report) -> Value {
    let note = |why: Why, text: String| {
        let level = if why == Why::NotAsked { "note" } else { "warning" };
        json!({"level": level, "descriptor": {"id": format!("unknown/{}", word(&why))}, "message": {"text": message(&text)}})
    };
    let unknowns = report.unknowns.iter().map(|unknown| {
        let what = format!(
            "Not seen: {}. Unknown for it: {} on {}",
            unknown.what,
            few(&unknown.checks),
            few(&unknown.subjects)
        );
        note(unknown.why, what)
    });
    let gaps = report.sources.iter().flat_map(|source| {
        source.gaps.iter().map(move |gap| note(gap.why, format!("{}: {}", source.target, gap.what)))
    });
    let refused = report.decision.refused.iter().map(
        |text| json!({"level": "error", "descriptor": {"id": "refused"}, "message": {"text": message(text)}}),
    );
    let mut invocation = json!({
        "executionSuccessful": true,
        "toolExecutionNotifications": unknowns.chain(gaps).collect::<Vec<_>>(),
        "toolConfigurationNotifications": refused.collect::<Vec<_>>(),
    });
    if let Ok(time) = jiff::Timestamp::from_second(report.taken) {
        invocation["startTimeUtc"] = json!(time.to_string());
    }
    invocation
}

/// The first names of a list, and how many more there are.
fn few(names: &[String]) -> String {
    let shown = names.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 10 { format!("{shown} and {} more", names.len() - 10) } else { shown }
}

/// A text that no viewer takes for a link or a placeholder.
fn message(text: &str) -> String {
    let text = clean(text);
    let text = if text.contains("](") { text.replace('[', "\\[") } else { text };
    // Braces around a number would be a placeholder.
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        out.push(c);
        let inside =
            text[at..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inside, _)| inside);
        if inside.is_some_and(|inside| !inside.is_empty() && inside.bytes().all(|b| b.is_ascii_digit())) {
            out.push('{');
        }
    }
    // Validators want at least a letter.
    if out.is_empty() { "-".to_owned() } else { out }
}

fn sentence(text: &str) -> String {
    let text = words(text);
    if text.ends_with('.') { text } else { text + "." }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The middle of the range that code scanning services have for a severity, out of 10.
fn number(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_references_and_messages_are_plain() {
        assert_eq!(uri("a b/ü#?%.yaml"), "a%20b/%C3%BC%23%3F%25.yaml");
        assert_eq!(message("see [x](http://a) {0} {a}\u{202e}"), "see \\[x](http://a) {{0} {a}\\u{202e}");
        assert_eq!(message(""), "-");
    }
}

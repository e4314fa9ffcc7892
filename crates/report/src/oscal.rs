//! OSCAL assessment results, version 1.1.2: an observation for each cell that has a grade, a finding for each control.
//!
//! What an attack showed was tested, what a check read was examined. Ids follow from the content, so that the same
//! results are the same document.

use crate::Report;
use crate::markdown::text;
use crate::matrix::{counts, proved, shown};
use crate::text::cut;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tyrian_judge::attacks::LONGEST as HOLDS;
use tyrian_judge::matrix::{Cell, Control, ControlKind, Grade};

const OSCAL: &str = "1.1.2";
/// The most columns of one text.
const LONGEST: usize = 1000;

/// The document.
///
/// # Errors
/// It cannot be written as JSON.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let matrix = &report.matrix;
    let kinds: BTreeMap<&str, ControlKind> =
        matrix.controls.iter().map(|control| (control.id.as_str(), control.kind)).collect();
    let whole = serde_json::to_string(&(matrix, &report.sources, report.taken, &report.tool))?;
    let id = |what: &str| uuid(&[&whole, what]);
    let mut components: BTreeMap<&str, String> = BTreeMap::new();
    let graded = || matrix.cells.iter().filter(|cell| cell.grade.is_some());
    for subject in graded().flat_map(|cell| &cell.weakest) {
        components.entry(subject).or_insert_with(|| uuid(&["component", subject]));
    }
    let observations: Vec<Value> = graded()
        .map(|cell| {
            let kind = kinds.get(cell.control.as_str()).copied().unwrap_or(ControlKind::Process);
            observation(report, cell, kind, &id(&key(cell)), &components)
        })
        .collect();
    let findings: Vec<Value> = matrix
        .controls
        .iter()
        .filter_map(|control| {
            let cells: Vec<&Cell> = graded().filter(|cell| cell.control == control.id).collect();
            let weakest = cells.iter().filter_map(|cell| cell.grade).min()?;
            let related: Vec<Value> =
                cells.iter().map(|cell| json!({ "observation-uuid": id(&key(cell)) })).collect();
            Some(finding(control, weakest, related, &id(&format!("finding {}", control.id))))
        })
        .collect();
    let targets: Vec<String> = report.sources.iter().take(20).map(|source| line(&source.target)).collect();
    let plan = id("plan");
    let mut result = json!({
        "uuid": id("result"),
        "title": "Threats and the grade of each control",
        "description": format!("What was judged and attacked: {}.", targets.join(", ")),
        "start": time(report.taken),
        "end": time(report.taken),
        "reviewed-controls": { "control-selections": [{ "include-all": {} }] },
    });
    // A list may not be there and be empty.
    let list = |key: &str, list: Vec<Value>, result: &mut Value| {
        if !list.is_empty() {
            result[key] = json!(list);
        }
    };
    let components: Vec<Value> = components.iter().map(|(name, uuid)| component(name, uuid)).collect();
    if !components.is_empty() {
        result["local-definitions"] = json!({ "components": components });
    }
    list("observations", observations, &mut result);
    list("findings", findings, &mut result);
    let document = json!({ "assessment-results": {
        "uuid": id("document"),
        "metadata": {
            "title": "Assessment results of tyrian",
            "last-modified": time(report.taken),
            "version": line(&report.tool),
            "oscal-version": OSCAL,
        },
        "import-ap": { "href": format!("#{plan}") },
        "results": [result],
        "back-matter": { "resources": [{
            "uuid": plan,
            "title": "What was to be assessed",
            "description": "Every threat and every control of the matrix, as `tyrian matrix` lists them, by its checks and \
                its attacks on clones.",
        }] },
    } });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn key(cell: &Cell) -> String {
    format!("observation {} {}", cell.control, cell.threat)
}

fn observation(
    report: &Report,
    cell: &Cell,
    kind: ControlKind,
    uuid: &str,
    components: &BTreeMap<&str, String>,
) -> Value {
    let counted: Vec<_> = cell.proofs.iter().filter(|proof| proof.lapsed.is_none()).collect();
    let attacked = matches!(cell.grade, Some(Grade::Broken | Grade::Masked | Grade::Proven));
    let collected = if attacked {
        counted.iter().map(|proof| proof.started).max().unwrap_or(report.taken)
    } else {
        report.taken
    };
    let subjects: Vec<Value> = cell
        .weakest
        .iter()
        .filter_map(|subject| {
            let uuid = components.get(subject.as_str())?;
            Some(json!({ "subject-uuid": uuid, "type": "component", "title": line(subject) }))
        })
        .collect();
    let mut evidence: Vec<Value> = cell
        .proofs
        .iter()
        .map(|proof| json!({ "description": line(&proved(proof, report.taken)) }))
        .collect();
    if !cell.checks.is_empty() {
        let checks = format!("judged by the checks {}", cell.checks.join(", "));
        evidence.push(json!({ "description": line(&checks) }));
    }
    let mut observation = json!({
        "uuid": uuid,
        "title": line(&format!("{} against {}", cell.control, cell.threat)),
        "description": line(&format!("{}: {}", shown(cell, kind).1, counts(cell))),
        "methods": [if attacked { "TEST" } else { "EXAMINE" }],
        "types": ["finding"],
        "collected": time(collected),
    });
    // What was proven counts no more after that; what was broken stays so.
    if cell.grade == Some(Grade::Proven) {
        let oldest = counted.iter().map(|proof| proof.started).min().unwrap_or(collected);
        observation["expires"] = json!(time(oldest.saturating_add(HOLDS)));
    }
    for (key, list) in [("subjects", subjects), ("relevant-evidence", evidence)] {
        if !list.is_empty() {
            observation[key] = json!(list);
        }
    }
    observation
}

fn finding(control: &Control, weakest: Grade, related: Vec<Value>, uuid: &str) -> Value {
    let (state, reason) = match weakest {
        Grade::Broken | Grade::Absent => ("not-satisfied", "fail"),
        // What cannot be told is not satisfied, and has not failed.
        Grade::Unknown => ("not-satisfied", "other"),
        Grade::Claimed | Grade::Observed | Grade::Masked | Grade::Proven => ("satisfied", "pass"),
    };
    let word = crate::text::word(&weakest);
    json!({
        "uuid": uuid,
        "title": line(&control.title),
        "description": format!("The grade of its weakest cell is: {word}."),
        "target": {
            "type": "objective-id",
            "target-id": token(&control.id),
            "status": { "state": state, "reason": reason },
        },
        "related-observations": related,
    })
}

fn component(name: &str, uuid: &str) -> Value {
    json!({
        "uuid": uuid, "type": "software", "title": line(name), "description": line(name),
        "status": { "state": "operational" },
    })
}

/// One line of markup in which no scanned text is markup; never empty.
fn line(words: &str) -> String {
    let line = text(&cut(words.trim(), LONGEST));
    if line.trim().is_empty() { "-".into() } else { line.trim().to_owned() }
}

/// A name as OSCAL's tokens are: letters, digits, `.`, `-` and `_`, a letter first.
fn token(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().take(200).map(fits).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("_{name}") }
}

/// Sixteen bytes that only this content has, in the form of a UUID that OSCAL takes: version 5, named by content.
pub(crate) fn uuid(content: &[&str]) -> String {
    let mut sum = Sha256::new();
    for part in content {
        sum.update(part.len().to_le_bytes());
        sum.update(part);
    }
    let mut bytes: Vec<u8> = sum.finalize().iter().take(16).copied().collect();
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Seconds since 1970 as RFC 3339 has them.
pub(crate) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

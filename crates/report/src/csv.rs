//! CSV as RFC 4180 has it, for spreadsheets: a row for each finding, accepted ones too, and for each unknown.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and scanned names may begin so:
//! such a cell gets an apostrophe before it. The matrix is a table of its own, a row for each cell.

use crate::Report;
use crate::group::title;
use crate::matrix::proved;
use crate::text::{clean, word, words};
use tyrian_judge::finding::Finding;
use tyrian_judge::matrix::{Cell, Control, ControlKind, Grade};

/// The columns. New ones come last.
const COLUMNS: [&str; 22] = [
    "state",
    "severity",
    "confidence",
    "layer",
    "check",
    "title",
    "thing",
    "what",
    "file",
    "line",
    "column",
    "world",
    "subject",
    "basis",
    "fix",
    "controls",
    "ids",
    "owner",
    "accepted_until",
    "accepted_because",
    "group",
    "fingerprint",
];

/// The report as one table with a head, each line ending in CR and LF.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    row(&mut out, COLUMNS.map(str::to_owned));
    for finding in &report.findings {
        row(&mut out, of_finding(report, finding));
    }
    for what in report.unseen() {
        let mut cells = COLUMNS.map(|_| String::new());
        cells[0] = "unknown".into();
        cells[7] = what;
        row(&mut out, cells);
    }
    out
}

fn of_finding(report: &Report, finding: &Finding) -> [String; COLUMNS.len()] {
    let place = finding.place.as_ref();
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let waived = finding.waived.as_ref();
    [
        if waived.is_some() { "accepted" } else { "open" }.to_owned(),
        word(&finding.severity),
        word(&finding.confidence),
        word(&finding.layer),
        finding.check.clone(),
        title(finding),
        finding.name.clone(),
        finding.what.clone(),
        report.path(finding).unwrap_or_default(),
        number(place.and_then(|place| place.line)),
        number(place.and_then(|place| place.column)),
        finding.world.clone(),
        finding.subject.clone(),
        word(&finding.basis),
        words(&finding.fix),
        finding.controls.join(" "),
        finding.ids.join(" "),
        finding.owner.clone().unwrap_or_default(),
        waived.map(|waived| waived.expires.clone()).unwrap_or_default(),
        waived.map(|waived| waived.reason.clone()).unwrap_or_default(),
        finding.group.clone(),
        finding.fingerprint.clone(),
    ]
}

/// The columns of the matrix. New ones come last.
const MATRIX_COLUMNS: [&str; 18] = [
    "threat",
    "control",
    "kind",
    "layers",
    "grade",
    "proven_by",
    "broken",
    "absent",
    "unknown",
    "claimed",
    "observed",
    "masked",
    "proven",
    "weakest",
    "checks",
    "proofs",
    "last_tried",
    "would_try",
];

/// The matrix as one table with a head, a row for each cell, each line ending in CR and LF.
pub fn matrix(report: &Report) -> String {
    let mut out = String::new();
    row(&mut out, MATRIX_COLUMNS.map(str::to_owned));
    for control in &report.matrix.controls {
        for cell in report.matrix.cells.iter().filter(|cell| cell.control == control.id) {
            row(&mut out, of_cell(report, control, cell));
        }
    }
    out
}

fn of_cell(report: &Report, control: &Control, cell: &Cell) -> [String; MATRIX_COLUMNS.len()] {
    let layers: Vec<String> = control.layers.iter().map(word).collect();
    let count = |grade| cell.counts.get(&grade).map(ToString::to_string).unwrap_or_default();
    let proven_by = match (cell.grade, control.kind) {
        (Some(Grade::Proven), ControlKind::Detects) => "detection",
        (Some(Grade::Proven), _) => "prevention",
        _ => "",
    };
    let proofs: Vec<String> = cell.proofs.iter().map(|proof| proved(proof, report.taken)).collect();
    let last = cell.proofs.iter().map(|proof| proof.started).max();
    [
        cell.threat.clone(),
        control.id.clone(),
        word(&control.kind),
        layers.join(" "),
        cell.grade.map(|grade| word(&grade)).unwrap_or_default(),
        proven_by.to_owned(),
        count(Grade::Broken),
        count(Grade::Absent),
        count(Grade::Unknown),
        count(Grade::Claimed),
        count(Grade::Observed),
        count(Grade::Masked),
        count(Grade::Proven),
        cell.weakest.join(" "),
        cell.checks.join(" "),
        proofs.join("; "),
        last.map(crate::oscal::time).unwrap_or_default(),
        cell.would_try.join(" "),
    ]
}

fn row<const N: usize>(out: &mut String, cells: [String; N]) {
    for (n, text) in cells.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        cell(out, text);
    }
    out.push_str("\r\n");
}

/// One cell; quoted wherever a reader could take a part of it for something else than text.
fn cell(out: &mut String, text: &str) {
    let text = clean(text);
    // A reader may trim what stands before a formula, and knows wide forms of the signs too.
    let guard = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let text = if guard { format!("'{text}") } else { text };
    if text.contains([',', '"', ';', '\'', ' ']) || guard {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let of = |text: &str| {
            let mut out = String::new();
            cell(&mut out, text);
            out
        };
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0"] {
            let cell = of(text);
            let inner = cell.trim_start_matches('"');
            assert!(inner.starts_with('\'') || inner.starts_with("\\u"), "{text:?}: {cell}");
        }
        assert_eq!(of("a-b"), "a-b");
        assert_eq!(of("say \"a\", b\n"), "\"say \"\"a\"\", b\\u{a}\"");
    }
}

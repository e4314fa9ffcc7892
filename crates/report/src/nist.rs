//! The matrix by the countermeasures of NIST SP 800-190: for each section what checks say, and what attacks have proved.

use crate::benchmark::{ItemView, SectionView, View};
use crate::text::{cut, hang};
use anstyle::{AnsiColor, Style};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tyrian_judge::check::Check;
use tyrian_judge::matrix::{Grade, Matrix};

/// How much of one section holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Cells of its controls that an attack proved.
    proven: usize,
    /// Cells of its controls that an attack went through.
    broken: usize,
    /// Things that pass its checks.
    passed: usize,
    /// Things that fail one.
    failed: usize,
    /// Things of which something was not seen.
    unknown: usize,
}

/// The sections of countermeasures on a terminal. `view` is the benchmark nist-800-190 over the same scan, `unknown` tells
/// for each check how many things it could not judge, and `checks` are those of the catalogue.
pub fn render(
    view: &View,
    matrix: &Matrix,
    unknown: &BTreeMap<&str, usize>,
    checks: &[&'static Check],
    columns: usize,
) -> String {
    let mut out = String::new();
    let bold = Style::new().bold();
    let _ = writeln!(out, "{bold}{}{bold:#}\n", cut(&format!("{}: countermeasures", view.title), columns));
    let name = columns.saturating_sub(46).clamp(20, 60);
    let _ = writeln!(
        out,
        "{:<5} {:<name$} {:>7} {:>7} {:>7} {:>7} {:>7}",
        "", "", "proven", "broken", "passed", "failed", "unknown"
    );
    let controls: BTreeMap<&str, &[&str]> = checks.iter().map(|it| (it.name, it.controls)).collect();
    let all = view.sections.iter().flat_map(|section| &section.items);
    let risks: BTreeMap<&str, &ItemView> =
        all.filter_map(|item| Some((item.id.strip_prefix("3.")?, item))).collect();
    let mut notes = Vec::new();
    for section in view.sections.iter().filter(|section| section.number.starts_with('4')) {
        let _ = writeln!(out, "{bold}{:<5} {}{bold:#}", section.number, cut(&section.title, columns - 6));
        items(&mut out, section, &risks, matrix, unknown, &controls, name, &mut notes);
    }
    if !notes.is_empty() {
        out.push('\n');
        notes.iter().for_each(|note| out.push_str(&hang(note, columns, "", "      ")));
    }
    out.push_str(&hang(
        "\nproven, broken: cells of the matrix that attacks on clones speak of; passed, failed, unknown: things by the checks \
         of the section",
        columns,
        "",
        "",
    ));
    out
}

/// The rows of a section. What answers a risk is its countermeasure: 4.4.3 is that of 3.4.3.
#[expect(clippy::too_many_arguments, reason = "one table")]
fn items(
    out: &mut String,
    section: &SectionView,
    risks: &BTreeMap<&str, &ItemView>,
    matrix: &Matrix,
    unknown: &BTreeMap<&str, usize>,
    controls: &BTreeMap<&str, &[&str]>,
    name: usize,
    notes: &mut Vec<String>,
) {
    for item in &section.items {
        let risk = item.id.strip_prefix("4.").and_then(|id| risks.get(id).copied());
        // One of them may have just the checks of the other.
        let risk = risk.filter(|risk| risk.checks != item.checks);
        let parts: Vec<&ItemView> = std::iter::once(item).chain(risk).collect();
        let own_checks: BTreeSet<&str> =
            parts.iter().flat_map(|part| &part.checks).map(String::as_str).collect();
        let own: BTreeSet<&str> = own_checks
            .iter()
            .filter_map(|check| controls.get(check))
            .flat_map(|controls| controls.iter().copied())
            .collect();
        let graded = |grade| {
            let cells = matrix.cells.iter().filter(|cell| own.contains(cell.control.as_str()));
            cells.filter(|cell| cell.grade == Some(grade)).count()
        };
        let failures = parts.iter().flat_map(|part| &part.failures);
        let failed: BTreeSet<&str> = failures.map(|failure| failure.subject.as_str()).collect();
        let tally = Tally {
            proven: graded(Grade::Proven),
            broken: graded(Grade::Broken),
            passed: parts.iter().map(|part| part.passed).sum(),
            failed: failed.len(),
            unknown: own_checks.iter().filter_map(|check| unknown.get(check)).sum(),
        };
        let title = item.title.trim_start_matches("Countermeasures: ");
        let _ = write!(out, "{:<5} {:<name$}", item.id, cut(title, name));
        for (count, color) in [
            (tally.proven, AnsiColor::Green),
            (tally.broken, AnsiColor::BrightRed),
            (tally.passed, AnsiColor::Green),
            (tally.failed, AnsiColor::Red),
            (tally.unknown, AnsiColor::Yellow),
        ] {
            if count == 0 {
                let _ = write!(out, " {:>7}", "·");
            } else {
                let style = Style::new().fg_color(Some(color.into()));
                let _ = write!(out, " {style}{count:>7}{style:#}");
            }
        }
        out.push('\n');
        if tally == Tally::default()
            && let Some(note) = item.notes.first()
        {
            notes.push(format!("{:<5} {note}", item.id));
        }
    }
}

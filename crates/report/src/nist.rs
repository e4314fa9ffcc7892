//! The matrix by the countermeasures of NIST SP 800-190: for each section what checks say, and what attacks have proved.

use crate::benchmark::{SectionView, View};
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
    let mut notes = Vec::new();
    for section in view.sections.iter().filter(|section| section.number.starts_with('4')) {
        let _ = writeln!(out, "{bold}{:<5} {}{bold:#}", section.number, cut(&section.title, columns - 6));
        items(&mut out, section, matrix, unknown, &controls, name, &mut notes);
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

fn items(
    out: &mut String,
    section: &SectionView,
    matrix: &Matrix,
    unknown: &BTreeMap<&str, usize>,
    controls: &BTreeMap<&str, &[&str]>,
    name: usize,
    notes: &mut Vec<String>,
) {
    for item in &section.items {
        let own: BTreeSet<&str> = item
            .checks
            .iter()
            .filter_map(|check| controls.get(check.as_str()))
            .flat_map(|controls| controls.iter().copied())
            .collect();
        let graded = |grade| {
            let cells = matrix.cells.iter().filter(|cell| own.contains(cell.control.as_str()));
            cells.filter(|cell| cell.grade == Some(grade)).count()
        };
        let failed: BTreeSet<&str> = item.failures.iter().map(|failure| failure.subject.as_str()).collect();
        let tally = Tally {
            proven: graded(Grade::Proven),
            broken: graded(Grade::Broken),
            passed: item.passed,
            failed: failed.len(),
            unknown: item.checks.iter().filter_map(|check| unknown.get(check.as_str())).sum(),
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

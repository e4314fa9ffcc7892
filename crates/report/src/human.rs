//! The terminal: the first screen says what to do first and why.

use crate::Report;
use crate::text::{clean, cut, wrap};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeMap;
use std::fmt::Write;
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::{Basis, Severity};

/// How it is to look.
pub struct Look {
    /// Columns of the terminal.
    pub columns: usize,
    /// Every finding with its place, or the groups only?
    pub all: bool,
}

/// How many groups the first screen shows in full.
const FIRST: usize = 5;

/// Findings of one check, with the same fix.
pub(crate) struct Group<'r> {
    pub(crate) first: &'r Finding,
    pub(crate) members: Vec<&'r Finding>,
}

/// The report for a person. The colours are escapes that the caller strips where they are not wanted.
pub fn render(report: &Report, look: &Look) -> String {
    let mut out = String::new();
    headline(&mut out, report);
    let groups = groups(report);
    for (n, group) in groups.iter().enumerate() {
        if look.all || n < FIRST {
            show(&mut out, group, look);
        }
    }
    if !look.all && groups.len() > FIRST {
        let _ = writeln!(out, "{}Then{}", bold(), bold().render_reset());
        for group in &groups[FIRST..] {
            line(&mut out, group, look);
        }
        out.push('\n');
    }
    unread(&mut out, report, look);
    unknowns(&mut out, report, look);
    refused(&mut out, report, look.columns);
    if !look.all && !groups.is_empty() {
        let name = groups[0].first.check.as_str();
        let _ = writeln!(
            out,
            "Every place: --all · what a check means and how to mend it: tyrian explain {name}"
        );
    }
    out
}

fn bold() -> Style {
    Style::new().bold()
}

/// The style of a severity.
pub fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Critical => AnsiColor::BrightRed,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
        Severity::Info => AnsiColor::BrightBlack,
    };
    let style = Style::new().fg_color(Some(color.into()));
    if severity >= Severity::High { style.bold() } else { style }
}

/// The name of a severity.
pub fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

fn headline(out: &mut String, report: &Report) {
    let summary = &report.summary;
    let sources: Vec<String> = report.sources.iter().map(|source| clean(&source.target)).collect();
    let open: usize = summary.open.values().sum();
    let what = if open == 0 { "No findings".to_owned() } else { plural(open, "finding") };
    let _ = write!(out, "{}{what}{}", bold(), bold().render_reset());
    for (severity, count) in summary.open.iter().rev() {
        let style = style(*severity);
        let _ = write!(out, " · {style}{count} {}{}", name(*severity), style.render_reset());
    }
    let _ = writeln!(out, " in {}", sources.join(", "));
    let _ = writeln!(
        out,
        "{} judged by {}: {} passed, {} failed, {} unknown{}\n",
        plural(summary.subjects, "thing"),
        plural(summary.checks, "check"),
        summary.passed,
        summary.failed,
        summary.unknown,
        if summary.waived > 0 {
            format!(", {} accepted", plural(summary.waived, "finding"))
        } else {
            String::new()
        },
    );
}

pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Findings by check, in the order of the report.
pub(crate) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.waived.is_none()) {
        match index.get(finding.check.as_str()) {
            Some(at) => groups[*at].members.push(finding),
            None => {
                index.insert(&finding.check, groups.len());
                groups.push(Group { first: finding, members: vec![finding] });
            }
        }
    }
    groups
}

fn show(out: &mut String, group: &Group, look: &Look) {
    let finding = group.first;
    let style = style(finding.severity);
    let many =
        if group.members.len() > 1 { format!(" ({} times)", group.members.len()) } else { String::new() };
    let _ = writeln!(
        out,
        "{style}{}{} {}{}{}{many}",
        name(finding.severity),
        style.render_reset(),
        bold(),
        finding.check,
        bold().render_reset(),
    );
    let shown = if look.all { group.members.len() } else { 3 };
    for member in group.members.iter().take(shown) {
        let live = if member.basis == Basis::Observed { " (seen live)" } else { "" };
        let text = format!("{} {}{live}", clean(&member.name), clean(&member.what));
        out.push_str(&wrap(&text, look.columns, "  "));
        if let Some(place) = &member.place {
            let _ = writeln!(out, "    {}", clean(&written(place)));
        }
    }
    if group.members.len() > shown {
        let _ = writeln!(out, "  … and {} more", group.members.len() - shown);
    }
    out.push_str(&wrap(&format!("Why: {}", finding.why), look.columns, "  "));
    out.push_str(&wrap(&format!("Fix: {}", finding.fix), look.columns, "  "));
    out.push('\n');
}

/// A place as editors take it.
pub fn written(place: &tyrian_judge::finding::Place) -> String {
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", place.file),
        (Some(line), None) => format!("{}:{line}", place.file),
        _ => place.file.clone(),
    }
}

fn line(out: &mut String, group: &Group, look: &Look) {
    let finding = group.first;
    let style = style(finding.severity);
    let head = format!("{:<8} {:>3} ", name(finding.severity), group.members.len());
    let rest = format!("{:<30} {}", finding.check, clean(&format!("{} {}", finding.name, finding.what)));
    let rest = cut(&rest, look.columns.saturating_sub(head.len() + 2));
    let _ = writeln!(out, "  {style}{head}{}{rest}", style.render_reset());
}

/// What could not be read of the sources, and what more rights would show.
fn unread(out: &mut String, report: &Report, look: &Look) {
    let gaps: Vec<(&str, &str)> = report
        .sources
        .iter()
        .flat_map(|source| source.gaps.iter().map(|gap| (source.target.as_str(), gap.what.as_str())))
        .filter(|(_, what)| !report.unknowns.iter().any(|unknown| unknown.what == *what))
        .collect();
    if gaps.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}Not read{}", bold(), bold().render_reset());
    let shown = if look.all { gaps.len() } else { 5 };
    for (target, what) in gaps.iter().take(shown) {
        out.push_str(&wrap(&format!("{}: {}", clean(target), clean(what)), look.columns, "  "));
    }
    if gaps.len() > shown {
        let _ = writeln!(out, "  … and {} more", gaps.len() - shown);
    }
    out.push('\n');
}

fn unknowns(out: &mut String, report: &Report, look: &Look) {
    if report.unknowns.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}Unknown, because it was not seen{}", bold(), bold().render_reset());
    let shown = if look.all { report.unknowns.len() } else { 5 };
    for unknown in report.unknowns.iter().take(shown) {
        let text = format!(
            "{} ({}, {})",
            clean(&unknown.what),
            plural(unknown.checks.len(), "check"),
            plural(unknown.subjects.len(), "thing")
        );
        out.push_str(&wrap(&text, look.columns, "  "));
    }
    if report.unknowns.len() > shown {
        let _ = writeln!(out, "  … and {} more reasons", report.unknowns.len() - shown);
    }
    out.push('\n');
}

/// What the gate decided, and why.
pub fn decision(report: &Report, columns: usize) -> String {
    let mut out = String::new();
    headline(&mut out, report);
    let decision = &report.decision;
    let (word, color) =
        if decision.passed { ("passes", AnsiColor::Green) } else { ("fails", AnsiColor::Red) };
    let style = Style::new().bold().fg_color(Some(color.into()));
    let _ = writeln!(out, "The gate {style}{word}{}", style.render_reset());
    for reason in &decision.reasons {
        out.push_str(&wrap(&format!("- {}", clean(reason)), columns, "  "));
    }
    refused(&mut out, report, columns);
    out
}

/// What a repository tried to relax and may not.
fn refused(out: &mut String, report: &Report, columns: usize) {
    for refused in &report.decision.refused {
        out.push_str(&wrap(&format!("refused: {}", clean(refused)), columns, ""));
    }
}

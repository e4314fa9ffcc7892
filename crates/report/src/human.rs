//! The terminal: the first screen says what to do first and why.

use crate::Report;
use crate::group::{Change, Group, groups, plural, title};
use crate::text::{clean, cut, hang, words, wrap};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeMap;
use std::fmt::Write;
use tyrian_model::evidence::Severity;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How it is to look.
pub struct Look {
    /// Columns of the terminal.
    pub columns: usize,
    /// Every finding with its place, or the groups only?
    pub all: bool,
}

/// How many groups the first screen shows in full.
const FIRST: usize = 5;
/// How many checks it names behind them; what is high or worse is always named.
const THEN: usize = 15;

/// The report for a person. The colours are escapes that the caller strips where they are not wanted.
pub fn render(report: &Report, look: &Look) -> String {
    let mut out = String::new();
    headline(&mut out, report, look.columns);
    gate(&mut out, report, look);
    let groups = groups(report);
    if !groups.is_empty() {
        let _ = writeln!(out, "{}What to do first{}", bold(), bold().render_reset());
    }
    for (n, group) in groups.iter().enumerate() {
        if look.all || n < FIRST {
            show(&mut out, n + 1, group, look);
        }
    }
    if !look.all && groups.len() > FIRST {
        then(&mut out, &groups[FIRST..], look);
    }
    cures(&mut out, report, look);
    unread(&mut out, report, look);
    unknowns(&mut out, report, look);
    refused(&mut out, report, look.columns);
    if !look.all
        && let Some(group) = groups.first()
    {
        let _ = writeln!(out, "Every finding with its place: --all");
        let _ = writeln!(out, "More on one: tyrian explain {}", clean(&group.first.check));
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

fn headline(out: &mut String, report: &Report, columns: usize) {
    let summary = &report.summary;
    let sources: Vec<String> = report.sources.iter().map(|source| clean(&source.target)).collect();
    let open: usize = summary.open.values().sum();
    let what = if open == 0 { "No findings".to_owned() } else { plural(open, "finding") };
    let _ = write!(out, "{}{what}{}", bold(), bold().render_reset());
    let mut used = what.width();
    for (severity, count) in summary.open.iter().rev() {
        let style = style(*severity);
        let told = format!("{count} {}", name(*severity));
        let _ = write!(out, " · {style}{told}{}", style.render_reset());
        used += told.width() + 3;
    }
    let sources = sources.join(", ");
    let apart = if used + 4 + sources.width() > columns { "\n" } else { " " };
    let _ = writeln!(out, "{apart}in {}", cut(&sources, columns.saturating_sub(3)));
    let judged = format!(
        "{} judged by {}: {} passed, {} failed, {} unknown{}",
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
    out.push_str(&wrap(&judged, columns, ""));
    if summary.changes < open {
        let _ =
            writeln!(out, "{} in a file or a setting would mend them all", plural(summary.changes, "change"));
    }
}

/// What the gate would say, with its first reason.
fn gate(out: &mut String, report: &Report, look: &Look) {
    if let Some(reason) = report.decision.reasons.first().filter(|_| !report.decision.passed) {
        let more = match report.decision.reasons.len() - 1 {
            0 => String::new(),
            more => format!(" (and {})", plural(more, "further reason")),
        };
        out.push_str(&wrap(&format!("The gate would fail: {}{more}", clean(reason)), prose(look), ""));
    }
    out.push('\n');
}

/// How wide prose is set: on a wide terminal, lines across all of it are hard to read.
fn prose(look: &Look) -> usize {
    look.columns.min(100)
}

fn show(out: &mut String, n: usize, group: &Group, look: &Look) {
    let finding = group.first;
    let (style, bold) = (style(finding.severity), bold());
    let number = format!("{n:>2}");
    let head = format!("{number} {style}{}{} ", name(finding.severity), style.render_reset());
    let room = look.columns.saturating_sub(name(finding.severity).len() + number.len() + 2);
    let _ = writeln!(out, "{head}{bold}{}{}", cut(&clean(&title(finding)), room), bold.render_reset());
    let many = format!("{}: {}", clean(&finding.check), group.count());
    let _ = writeln!(out, "   {}", cut(&many, look.columns.saturating_sub(3)));
    let shown = if look.all { group.changes.len() } else { 3 };
    for change in group.changes.iter().take(shown) {
        spot(out, &change.told(), change.place().as_deref(), look);
        if look.all {
            rest(out, change, look);
        }
    }
    if group.changes.len() > shown {
        let _ = writeln!(out, "   … and {} more", group.changes.len() - shown);
    }
    out.push_str(&hang(&format!("Why: {}", clean(&words(&finding.why))), prose(look), "   ", "        "));
    out.push_str(&hang(&format!("Fix: {}", clean(&words(&finding.fix))), prose(look), "   ", "        "));
    out.push('\n');
}

/// One line of a group and its place, on the line where there is room.
fn spot(out: &mut String, text: &str, place: Option<&str>, look: &Look) {
    let what = format!("- {}", clean(text));
    let at = place.map(clean).unwrap_or_default();
    if !at.is_empty() && what.width() + at.width() + 5 <= look.columns {
        let _ = writeln!(out, "   {what}  {at}");
        return;
    }
    out.push_str(&hang(&what, look.columns, "   ", "     "));
    if !at.is_empty() {
        let _ = writeln!(out, "     {at}");
    }
}

/// Every further finding of a change, with its world: they differ in nothing else where an overlay repeats its base.
fn rest(out: &mut String, change: &Change, look: &Look) {
    for member in change.members.iter().skip(1) {
        let text = format!("+ {} {}, in {}", clean(&member.name), clean(&member.what), clean(&member.world));
        out.push_str(&hang(&text, look.columns, "     ", "       "));
    }
}

/// A place as editors take it.
pub fn written(place: &tyrian_judge::finding::Place) -> String {
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", place.file),
        (Some(line), None) => format!("{}:{line}", place.file),
        _ => place.file.clone(),
    }
}

/// The checks behind the first ones, a line each; of many, the mildest are counted.
fn then(out: &mut String, groups: &[Group], look: &Look) {
    let _ = writeln!(out, "{}Then{}", bold(), bold().render_reset());
    let worst = groups.iter().take_while(|group| group.first.severity >= Severity::High).count();
    let shown = groups.len().min(worst.max(THEN));
    // One line is more than what is left out if that is a single check.
    let shown = if groups.len() == shown + 1 { groups.len() } else { shown };
    let (lines, left) = groups.split_at(shown);
    let width = lines.iter().map(|group| group.first.check.width()).max().unwrap_or(0).min(40);
    lines.iter().for_each(|group| line(out, group, look, width));
    if !left.is_empty() {
        let mut by_severity: BTreeMap<Severity, usize> = BTreeMap::new();
        left.iter().for_each(|group| *by_severity.entry(group.first.severity).or_insert(0) += 1);
        let words: Vec<String> = by_severity
            .iter()
            .rev()
            .map(|(severity, count)| format!("{count} {}", name(*severity)))
            .collect();
        let _ = writeln!(out, "   … and {} ({})", plural(left.len(), "further check"), words.join(", "));
    }
    out.push('\n');
}

fn line(out: &mut String, group: &Group, look: &Look, width: usize) {
    let finding = group.first;
    let style = style(finding.severity);
    let head = format!("{:<8} {:>4} ", name(finding.severity), group.findings);
    let check = cut(&clean(&finding.check), width);
    let check = format!("{check}{}  ", " ".repeat(width.saturating_sub(check.width())));
    let room = look.columns.saturating_sub(head.len() + 3 + check.width());
    // Where a sentence has no room, the first place says more.
    let place = group.changes.iter().find_map(Change::place).unwrap_or_else(|| finding.name.clone());
    let more = group.changes.len() - 1;
    let place = if more > 0 { format!("{place} +{more}") } else { place };
    let rest = if room >= 50 { title(finding) } else { place };
    let _ = writeln!(out, "   {style}{head}{}{check}{}", style.render_reset(), keep_end(&clean(&rest), room));
}

/// The text cut to that many columns; of a path, the end says more.
fn keep_end(text: &str, columns: usize) -> String {
    if columns < 2 || text.width() <= columns || !text.contains('/') || text.contains(' ') && columns >= 50 {
        return cut(text, columns);
    }
    let mut kept: Vec<char> = Vec::new();
    let mut used = 1;
    for c in text.chars().rev() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    "…".chars().chain(kept.into_iter().rev()).collect()
}

/// Which updates of packages mend most.
fn cures(out: &mut String, report: &Report, look: &Look) {
    if report.cures.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}Updates that mend most{}", bold(), bold().render_reset());
    let shown = if look.all { report.cures.len() } else { FIRST };
    for cure in report.cures.iter().take(shown) {
        let mut text = format!(
            "- {} {} → {}: {}",
            clean(&cure.package),
            clean(&cure.from),
            clean(&cure.to),
            match cure.mends.len() {
                1 => "1 vulnerability".to_owned(),
                many => format!("{many} vulnerabilities"),
            }
        );
        if cure.left > 0 {
            text.push_str(&format!(", {} left", cure.left));
        }
        if cure.major {
            text.push_str(", a new major version");
        }
        if cure.base == Some(true) {
            text.push_str(", part of the base image");
        }
        out.push_str(&hang(&format!("{text} ({})", clean(&cure.name)), prose(look), "   ", "     "));
    }
    if report.cures.len() > shown {
        let _ = writeln!(out, "   … and {} more", report.cures.len() - shown);
    }
    out.push('\n');
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
        out.push_str(&hang(&format!("- {}: {}", clean(target), clean(what)), prose(look), "   ", "     "));
    }
    if gaps.len() > shown {
        let _ = writeln!(out, "   … and {} more", gaps.len() - shown);
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
            "- {} ({}, {})",
            clean(&unknown.what),
            plural(unknown.checks.len(), "check"),
            plural(unknown.subjects.len(), "thing")
        );
        out.push_str(&hang(&text, prose(look), "   ", "     "));
    }
    if report.unknowns.len() > shown {
        let _ = writeln!(out, "   … and {} more reasons", report.unknowns.len() - shown);
    }
    out.push('\n');
}

/// What the gate decided, and why.
pub fn decision(report: &Report, columns: usize) -> String {
    let mut out = String::new();
    headline(&mut out, report, columns);
    out.push('\n');
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

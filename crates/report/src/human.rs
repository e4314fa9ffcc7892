//! The terminal: the first screen says what to do first and why.

use crate::Report;
use crate::text::{clean, cut, hang, wrap};
use anstyle::{AnsiColor, Style};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use tyrian_judge::finding::{Finding, Place};
use tyrian_model::evidence::{Basis, Severity};
use tyrian_model::fact::Gap;
use tyrian_model::snapshot::SourceStatus;
use tyrian_rules::checks;
use unicode_width::UnicodeWidthStr;

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
        let _ = writeln!(out, "{}Then{}", bold(), bold().render_reset());
        let name = groups[FIRST..].iter().map(|group| group.first.check.width()).max().unwrap_or(0);
        for group in &groups[FIRST..] {
            line(&mut out, group, look, name.min(40));
        }
        out.push('\n');
    }
    unread(&mut out, report, look);
    unknowns(&mut out, report, look);
    gaps(&mut out, report, look);
    refused(&mut out, report, look.columns);
    if !look.all
        && let Some(group) = groups.first()
    {
        let _ = writeln!(out, "Every place: --all");
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
    for (severity, count) in summary.open.iter().rev() {
        let style = style(*severity);
        let _ = write!(out, " · {style}{count} {}{}", name(*severity), style.render_reset());
    }
    let _ = writeln!(out, " in {}", cut(&sources.join(", "), columns));
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

/// The sentence that says the fault: the check's own, or what the finding says where this program has no such check.
pub(crate) fn title(finding: &Finding) -> String {
    let check = checks::all().into_iter().find(|check| check.name == finding.check);
    let title = check.map_or(finding.what.as_str(), |check| check.title());
    title.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
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

fn show(out: &mut String, n: usize, group: &Group, look: &Look) {
    let finding = group.first;
    let (style, bold) = (style(finding.severity), bold());
    let places = places(group);
    let head = format!("{n:>2} {style}{}{} ", name(finding.severity), style.render_reset());
    let room = look.columns.saturating_sub(name(finding.severity).len() + 4);
    let _ = writeln!(out, "{head}{bold}{}{}", cut(&clean(&title(finding)), room), bold.render_reset());
    let mut many = format!("{}: {}", clean(&finding.check), plural(group.members.len(), "finding"));
    if places.len() < group.members.len() {
        many.push_str(&format!(" in {}", plural(places.len(), "place")));
    }
    let _ = writeln!(out, "   {}", cut(&many, look.columns.saturating_sub(3)));
    let shown = if look.all { places.len() } else { 3 };
    for place in places.iter().take(shown) {
        let what = format!("- {}", place.text);
        let wide = what.width() + place.at.width() + 5;
        if place.at.is_empty() {
            out.push_str(&hang(&what, look.columns, "   ", "     "));
        } else if wide <= look.columns {
            let _ = writeln!(out, "   {what}  {}", place.at);
        } else {
            out.push_str(&hang(&what, look.columns, "   ", "     "));
            let _ = writeln!(out, "     {}", place.at);
        }
    }
    if places.len() > shown {
        let _ = writeln!(out, "   … and {} more", places.len() - shown);
    }
    out.push_str(&hang(&format!("Why: {}", clean(&words(&finding.why))), prose(look), "   ", "        "));
    out.push_str(&hang(&format!("Fix: {}", clean(&words(&finding.fix))), prose(look), "   ", "        "));
    out.push('\n');
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What one line of a group says.
struct Spot {
    text: String,
    at: String,
}

/// The places of a group. What a tree says several times of one place (a base and its overlays) is one line.
fn places(group: &Group) -> Vec<Spot> {
    let mut index: HashMap<(&str, &str, Option<&Place>, Basis), usize> = HashMap::new();
    let mut found: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for member in &group.members {
        let key = (member.name.as_str(), member.what.as_str(), member.place.as_ref(), member.basis);
        match index.get(&key) {
            Some(at) => found[*at].1.push(&member.world),
            None => {
                index.insert(key, found.len());
                found.push((member, vec![&member.world]));
            }
        }
    }
    let spot = |(member, worlds): (&Finding, Vec<&str>)| {
        let live = if member.basis == Basis::Observed { " (seen live)" } else { "" };
        let many = if worlds.len() > 1 { format!(" (in {} worlds)", worlds.len()) } else { String::new() };
        Spot {
            text: format!("{} {}{live}{many}", clean(&member.name), clean(&member.what)),
            at: member.place.as_ref().map(|place| clean(&written(place))).unwrap_or_default(),
        }
    };
    found.into_iter().map(spot).collect()
}

/// A place as editors take it.
pub fn written(place: &tyrian_judge::finding::Place) -> String {
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", place.file),
        (Some(line), None) => format!("{}:{line}", place.file),
        _ => place.file.clone(),
    }
}

fn line(out: &mut String, group: &Group, look: &Look, width: usize) {
    let finding = group.first;
    let style = style(finding.severity);
    let head = format!("{:<8} {:>4} ", name(finding.severity), group.members.len());
    let check = cut(&clean(&finding.check), width);
    let rest =
        format!("{check}{}  {}", " ".repeat(width.saturating_sub(check.width())), clean(&title(finding)));
    let rest = cut(&rest, look.columns.saturating_sub(head.len() + 3));
    let _ = writeln!(out, "   {style}{head}{}{rest}", style.render_reset());
}

/// What a source did not give, which no check may have asked for.
fn gaps(out: &mut String, report: &Report, look: &Look) {
    let gaps: Vec<(&SourceStatus, &Gap)> =
        report.sources.iter().flat_map(|source| source.gaps.iter().map(move |gap| (source, gap))).collect();
    if gaps.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}Not read{}", bold(), bold().render_reset());
    let shown = if look.all { gaps.len() } else { 5 };
    for (source, gap) in gaps.iter().take(shown) {
        let text = format!("- {}: {}", clean(&source.target), clean(&gap.what));
        out.push_str(&hang(&text, prose(look), "   ", "     "));
    }
    if gaps.len() > shown {
        let _ = writeln!(out, "   … and {} more", gaps.len() - shown);
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

//! One self-contained page for a person with a browser or a printer.
//!
//! No network, no fonts, and nothing in it needs its script, which only filters and unfolds. Every text passes the one
//! escape function of [`page`]; a policy in the page itself forbids whatever is not its own style and script. Its size
//! is bounded: rows beyond the bounds are counted and left to JSON.

mod heat;
mod page;

use crate::Report;
use crate::compare::{Change as CellChange, Pair};
use crate::group::{Change, groups, plural, title};
use crate::human::{name, written};
use crate::matrix::{LAYERS, counts, proved, shown, sign};
use page::{Page, put};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::finding::Finding;
use tyrian_judge::matrix::{Cell, ControlKind, Grade, Matrix};
use tyrian_model::evidence::{Basis, Layer, Severity};
use tyrian_model::fact::Why;

/// The bounds: groups that are named first, groups, findings in a group, findings in all, and rows of any other list.
const FIRST: usize = 5;
const GROUPS: usize = 500;
const IN_GROUP: usize = 100;
const IN_ALL: usize = 5000;
const ROWS: usize = 200;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The digest of the script, by which the page's policy knows it; a test holds it.
const SCRIPT_HASH: &str = "1RxoKcLQAKT6fdDSjn5JVSdGEg7LzS1F84rUT/jIgjg=";

const SEVERITIES: [Severity; 5] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

/// The whole report.
pub fn render(report: &Report) -> String {
    let mut page = Page::default();
    let groups = groups(report);
    let linked: BTreeSet<&str> = groups.iter().take(GROUPS).map(|group| group.first.check.as_str()).collect();
    head(&mut page, report, "Container security report");
    headline(&mut page, report);
    contents(&mut page, report);
    put!(page, "</header>\n<main id=\"main\">\n");
    numbers(&mut page, report);
    first(&mut page, report);
    put!(
        page,
        "<section id=\"matrix\"><h2>Which control holds against which threat</h2>\n<p>A cell has the grade of its weakest subject. \
        Its tooltip counts them; it leads to the findings. <a class=\"past\" href=\"#findings\">Go past the matrix</a></p>\n"
    );
    heat::matrix(&mut page, &report.matrix, &linked, None, report.taken);
    put!(page, "</section>\n");
    heat::attacks(&mut page, &report.matrix, report.taken);
    findings(&mut page, report);
    accepted(&mut page, report);
    refused(&mut page, report);
    unknowns(&mut page, report);
    sources(&mut page, report);
    controls(&mut page, report, &linked);
    foot(&mut page, report);
    page.finish()
}

/// The matrix alone, or one layer of it.
pub fn matrix(report: &Report, only: Option<Layer>) -> String {
    let mut page = Page::default();
    let report = &mut report.clone();
    report.matrix.controls.retain(|control| only.is_none_or(|only| control.layers.contains(&only)));
    head(&mut page, report, "Threats and controls");
    put!(
        page,
        "<h1>Which control holds against which threat</h1>\n<p class=\"lead\">A cell has the grade of its weakest subject; its \
        tooltip counts them.</p>\n</header>\n<main id=\"main\">\n<section>\n"
    );
    heat::matrix(&mut page, &report.matrix, &BTreeSet::new(), only, report.taken);
    put!(page, "</section>\n");
    heat::attacks(&mut page, &report.matrix, report.taken);
    controls(&mut page, report, &BTreeSet::new());
    foot(&mut page, report);
    page.finish()
}

/// Two matrices side by side, or one layer of them: as it was, and as it is.
pub fn comparison(pair: &Pair, only: Option<Layer>) -> String {
    let mut page = Page::default();
    let report = &mut pair.after.clone();
    report.matrix.controls.retain(|control| only.is_none_or(|only| control.layers.contains(&only)));
    head(&mut page, report, "Before and after");
    let changes = pair.changes();
    let of = |wanted| changes.iter().filter(|change| change.better() == wanted).count();
    put!(page, "<h1>" {plural(of(Some(true)), "cell")} " better, <span class=\"" {if of(Some(false)) == 0 { "yes" } else { "no" }} "\">" {of(Some(false))}
        " worse</span></h1>\n<p class=\"lead\">Which control holds against which threat: before on the left, after on the right. A cell has the grade of its \
        weakest subject; its tooltip says by what evidence.</p>\n</header>\n<main id=\"main\">\n<section class=\"numbers\" aria-label=\"Numbers\">\n\
        <table class=\"count\"><thead><tr><th scope=\"col\">Cells</th><th scope=\"col\">before</th><th scope=\"col\">after</th></tr></thead><tbody>\n");
    for (word, before, after) in pair.totals() {
        let word = if word == "proven" { "proven to prevent" } else { word };
        put!(page, "<tr><th scope=\"row\">" {word} "</th><td>" {before} "</td><td>" {after} "</td></tr>\n");
    }
    put!(page, "</tbody></table>\n</section>\n<section id=\"matrix\">\n");
    heat::pair(&mut page, pair, only);
    put!(page, "</section>\n");
    changed(&mut page, pair, &changes);
    heat::attacks(&mut page, &report.matrix, report.taken);
    controls(&mut page, report, &BTreeSet::new());
    foot(&mut page, report);
    page.finish()
}

/// The cells that have changed, each with the evidence of today.
fn changed(page: &mut Page, pair: &Pair, changes: &[CellChange]) {
    put!(page, "<section id=\"changes\"><h2>What has changed</h2>\n<p>" {plural(changes.len(), "cell")} ", those that became worse first.</p>\n");
    put!(
        page,
        "<details class=\"more\"><summary>Cell by cell</summary>\n<table class=\"wide attacks-table\"><thead><tr><th scope=\"col\">Control and threat</th>\
        <th scope=\"col\">Before</th><th scope=\"col\">After</th><th scope=\"col\">Evidence</th></tr></thead><tbody>\n"
    );
    for change in changes.iter().take(ROWS) {
        let kind = change.control.kind;
        let before = change.before.and_then(|cell| cell.grade);
        put!(page, "<tr><td><b>" {change.control.id} "</b><br>" {change.after.threat} "</td><td>");
        heat::key(page, before, kind);
        put!(page, " " {change.before.map_or("not judged", |cell| shown(cell, kind).1)} "</td><td>");
        heat::key(page, change.after.grade, kind);
        put!(page, " " {shown(change.after, kind).1} "</td><td>");
        match change.after.proofs.first() {
            Some(proof) => put!(page, { proved(proof, pair.after.taken) }),
            None => put!(page, { change.after.checks.join(", ") }),
        }
        put!(page, "</td></tr>\n");
    }
    put!(page, "</tbody></table>\n");
    more(page, changes.len(), ROWS, "<p>");
    put!(page, "</details></section>\n");
}

/// The class of a grade in the style.
fn class(grade: Option<Grade>) -> &'static str {
    grade.map_or("nothing", |grade| sign(Some(grade)).1)
}

/// The grade of a control: that of its weakest cell.
fn grade_of(matrix: &Matrix, control: &str) -> Option<Grade> {
    weakest(matrix, control).and_then(|cell| cell.grade)
}

/// The weakest cell of a control; one without a grade only where none has one.
fn weakest<'m>(matrix: &'m Matrix, control: &str) -> Option<&'m Cell> {
    let cells = matrix.cells.iter().filter(|cell| cell.control == control);
    cells.min_by_key(|cell| (cell.grade.is_none(), cell.grade))
}

fn targets(report: &Report) -> String {
    let shown: Vec<&str> = report.sources.iter().take(10).map(|source| source.target.as_str()).collect();
    let more = report.sources.len().saturating_sub(shown.len());
    shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

fn head(page: &mut Page, report: &Report, what: &'static str) {
    put!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
        content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
    );
    page.markup(SCRIPT_HASH);
    put!(page, "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"referrer\" content=\"no-referrer\">\n<title>" {what} ": " {targets(report)} "</title>\n<style>\n");
    page.markup(STYLE);
    put!(page, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header>\n<p class=\"brand\"><span><b>tyrian</b> "
        {what} "</span><span>" {when(report.taken)} "</span></p>\n");
}

/// The time in the only zone that all readers share.
fn when(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => format!("{seconds} s after 1970"),
    }
}

fn headline(page: &mut Page, report: &Report) {
    let open: usize = report.summary.open.values().sum();
    if report.decision.passed {
        put!(page, "<h1>The gate <span class=\"yes\">passes</span></h1>\n");
    } else {
        put!(page, "<h1>The gate <span class=\"no\">fails</span></h1>\n");
    }
    put!(page, "<p class=\"lead\">" {if open == 0 { "No finding is open".to_owned() } else { format!("{} open", plural(open, "finding")) }}
        " in " {targets(report)} "." {if report.summary.changes < open { format!(" {} would mend them all.", plural(report.summary.changes, "change")) } else { String::new() }} "</p>\n");
    if !report.decision.reasons.is_empty() {
        put!(page, "<ul class=\"reasons\">\n");
        for reason in report.decision.reasons.iter().take(FIRST) {
            put!(page, "<li>" {reason} "</li>\n");
        }
        more(page, report.decision.reasons.len(), FIRST, "<li>");
        put!(page, "</ul>\n");
    }
}

/// Says how much was left out.
fn more(page: &mut Page, all: usize, shown: usize, tag: &'static str) {
    if all > shown {
        page.markup(tag);
        put!(page, "and " {all - shown} " more: see JSON\n");
    }
}

fn contents(page: &mut Page, report: &Report) {
    let waived = report.summary.waived;
    put!(
        page,
        "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#first\">What to do first</a></li><li><a href=\"#matrix\">Matrix</a></li><li><a href=\"#attacks\">Attacks</a></li>\
        <li><a href=\"#findings\">Findings</a></li>"
    );
    if waived > 0 {
        put!(page, "<li><a href=\"#accepted\">Accepted</a></li>");
    }
    if !report.decision.refused.is_empty() {
        put!(page, "<li><a href=\"#refused\">Refused</a></li>");
    }
    put!(
        page,
        "<li><a href=\"#unknowns\">Unknown</a></li><li><a href=\"#sources\">Sources</a></li><li><a href=\"#controls\">Controls and duties</a></li>\n</ul></nav>\n"
    );
}

fn numbers(page: &mut Page, report: &Report) {
    let summary = &report.summary;
    put!(page, "<section class=\"numbers\" aria-label=\"Numbers\">\n<div>\n<dl class=\"tiles\">\n");
    for severity in SEVERITIES {
        let count = summary.open.get(&severity).copied().unwrap_or(0);
        let none = if count == 0 { " none" } else { "" };
        put!(page, "<div><dt>" {name(severity)} "</dt><dd class=\"" {name(severity)} {none} "\">" {count} "</dd></div>\n");
    }
    put!(page, "</dl>\n<p class=\"judged\">" {plural(summary.subjects, "thing")} " judged by " {plural(summary.checks, "check")} ": "
        {summary.passed} " verdicts passed, " {summary.failed} " failed, " {summary.unknown} " could not be given. "
        {plural(summary.waived, "finding")} " accepted.</p>\n</div>\n");
    let mut by_layer: BTreeMap<(Layer, Severity), usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.waived.is_none()) {
        *by_layer.entry((finding.layer, finding.severity)).or_insert(0) += 1;
    }
    put!(page, "<table class=\"count\"><thead><tr><th scope=\"col\">Layer</th>");
    for severity in SEVERITIES {
        put!(page, "<th scope=\"col\">" {name(severity)} "</th>");
    }
    put!(page, "</tr></thead><tbody>\n");
    for (layer, title) in LAYERS {
        put!(page, "<tr><th scope=\"row\">" {title} "</th>");
        for severity in SEVERITIES {
            match by_layer.get(&(layer, severity)) {
                Some(count) => put!(page, "<td class=\"" {name(severity)} "\">" {count} "</td>"),
                None => put!(page, "<td class=\"zero\">·</td>"),
            }
        }
        put!(page, "</tr>\n");
    }
    put!(page, "</tbody></table>\n</section>\n");
}

fn first(page: &mut Page, report: &Report) {
    let groups = groups(report);
    put!(page, "<section id=\"first\"><h2>What to do first, and why</h2>\n");
    if groups.is_empty() {
        put!(
            page,
            "<p>There is nothing to mend. What could not be seen stands under <a href=\"#unknowns\">Unknown</a>.</p></section>\n"
        );
        return;
    }
    put!(
        page,
        "<p>The worst comes first: what an attacker gains, and what stands before it.</p>\n<ol class=\"first\">\n"
    );
    for group in groups.iter().take(FIRST) {
        let finding = group.first;
        put!(page, "<li><div><h3>" {title(finding)} "</h3>\n<p class=\"meta\"><span class=\"tag " {name(finding.severity)} "\">" {name(finding.severity)}
            "</span> " {group.count()} ", " {finding.name});
        if group.findings > 1 {
            put!(page, " and others");
        }
        put!(page, ": <a href=\"#check-" (finding.check) "\">" {finding.check} "</a></p>\n<p class=\"why\"><b>Why</b> " [finding.why]
            "</p>\n<p class=\"fix\"><b>Fix</b> " [finding.fix] "</p></div></li>\n");
    }
    put!(page, "</ol>\n</section>\n");
}

fn findings(page: &mut Page, report: &Report) {
    let groups = groups(report);
    put!(
        page,
        "<section id=\"findings\"><h2>All findings</h2>\n<p>Grouped by check; what one change mends stands in one row.</p>\n\
        <div id=\"tools\" hidden><label>Filter <input type=\"search\" autocomplete=\"off\"></label><button type=\"button\">Open or close all</button>\
        <output aria-live=\"polite\"></output></div>\n"
    );
    if groups.is_empty() {
        put!(page, "<p>None is open.</p>\n");
    }
    let mut room = IN_ALL;
    for group in groups.iter().take(GROUPS) {
        let finding = group.first;
        let many = group.count();
        put!(page, "<details class=\"group\"><summary><span class=\"tag " {name(finding.severity)} "\">" {name(finding.severity)} "</span><h3>"
            {title(finding)} "</h3><span class=\"places\">" {many} "</span><span class=\"meta\"><code>" {finding.check} "</code>, layer "
            {layer_name(finding.layer)} "</span></summary>\n<div class=\"body\" id=\"check-" (finding.check) "\">\n<p class=\"why\"><b>Why</b> " [finding.why]
            "</p>\n<p class=\"fix\"><b>Fix</b> " [finding.fix] "</p>\n<p class=\"ids\">");
        ids(page, finding);
        put!(
            page,
            "</p>\n<table class=\"wide places-table\"><thead><tr><th scope=\"col\">Where</th><th scope=\"col\">What</th><th scope=\"col\">Owner</th></tr></thead><tbody>\n"
        );
        let shown = IN_GROUP.min(room);
        let mut left = shown;
        let worlds = group
            .changes
            .iter()
            .flat_map(|change| &change.members)
            .any(|member| member.world != finding.world);
        for change in group.changes.iter().take(shown) {
            if left == 0 {
                break;
            }
            row(page, change.first, worlds && change.members.len() == 1);
            put!(page, "<td>" {change.first.owner.as_deref().unwrap_or("—")} "</td></tr>\n");
            left = left.saturating_sub(1);
            mended_too(page, change, &mut left);
        }
        room = room.saturating_sub(shown - left);
        put!(page, "</tbody></table>\n");
        more(page, group.findings, shown - left, "<p>");
        put!(page, "</div></details>\n");
    }
    more(page, groups.len(), GROUPS, "<p>");
    put!(page, "</section>\n");
}

/// The other findings that the same change mends, folded below it; takes them from what may still be shown.
fn mended_too(page: &mut Page, change: &Change, left: &mut usize) {
    let others: Vec<&&Finding> = change.members.iter().skip(1).take(*left).collect();
    if others.is_empty() {
        return;
    }
    put!(page, "<tr class=\"too\"><td colspan=\"3\"><details><summary>The same change mends " {plural(others.len(), "further finding")}
        "</summary><ul>\n");
    for other in &others {
        put!(page, "<li title=\"" {other.subject} "\">" {other.name} " " {other.what} " <span class=\"meta\">in " {other.world} "</span></li>\n");
    }
    put!(page, "</ul></details></td></tr>\n");
    *left -= others.len();
}

/// The first two cells of a finding's row. The world is told where things of one name may be meant.
fn row(page: &mut Page, finding: &Finding, with_world: bool) {
    put!(page, "<tr><td title=\"" {finding.subject} "\">" {finding.name});
    if let Some(place) = &finding.place {
        put!(page, "<br><span class=\"mono\">" {written(place)} "</span>");
    }
    if with_world {
        put!(page, " <span class=\"meta\">in " {finding.world} "</span>");
    }
    put!(page, "</td><td>" {finding.what});
    if finding.basis == Basis::Observed {
        put!(page, " <span class=\"live\">seen live</span>");
    }
    put!(page, "</td>");
}

fn layer_name(layer: Layer) -> &'static str {
    LAYERS.iter().find(|(other, _)| *other == layer).map_or("", |(_, name)| name)
}

/// Controls, threats and ids of frameworks; those of ATT&CK lead to its pages.
fn ids(page: &mut Page, finding: &Finding) {
    put!(page, "Missing: ");
    for (n, control) in finding.controls.iter().take(ROWS).enumerate() {
        put!(page, {if n > 0 { ", " } else { "" }} "<a href=\"#control-" (control) "\">" {control} "</a>");
    }
    if !finding.threats.is_empty() {
        put!(page, ". Threats: " {finding.threats.join(", ")});
    }
    for (n, id) in finding.ids.iter().take(ROWS).enumerate() {
        put!(page, { if n > 0 { ", " } else { ". " } });
        match id.split_once(':') {
            Some(("attack", technique)) => {
                let (first, sub) = technique.split_once('.').unwrap_or((technique, ""));
                put!(page, "<a rel=\"noreferrer\" href=\"https://attack.mitre.org/techniques/" (first) "/" (sub) "\">ATT&amp;CK " {technique} "</a>");
            }
            Some(("nist", section)) => put!(page, "NIST SP 800-190 " {section}),
            Some(("cis-docker", section)) => put!(page, "CIS Docker " {section}),
            Some(("cis-kubernetes", section)) => put!(page, "CIS Kubernetes " {section}),
            Some(("pss", level)) => put!(page, "Pod Security " {level}),
            _ => put!(page, { id }),
        }
    }
}

fn accepted(page: &mut Page, report: &Report) {
    if report.summary.waived == 0 {
        return;
    }
    put!(page, "<section id=\"accepted\"><h2>Accepted</h2>\n<p>" {plural(report.summary.waived, "finding")}
        " that somebody answers for, until a day.</p>\n<table class=\"wide\"><thead><tr><th scope=\"col\">Where</th><th scope=\"col\">What</th><th scope=\"col\">By whom and why</th><th scope=\"col\">Until</th></tr></thead><tbody>\n");
    let waived = || report.findings.iter().filter_map(|finding| Some((finding, finding.waived.as_ref()?)));
    for (finding, waived) in waived().take(ROWS) {
        row(page, finding, true);
        put!(page, "<td>" {waived.reason} "<br><span class=\"meta\">" {waived.owner} ", allowed by " {waived.approver} "</span></td><td>" {waived.expires} "</td></tr>\n");
    }
    put!(page, "</tbody></table>\n");
    more(page, report.summary.waived, ROWS, "<p>");
    put!(page, "</section>\n");
}

fn refused(page: &mut Page, report: &Report) {
    let refused = &report.decision.refused;
    if refused.is_empty() {
        return;
    }
    put!(
        page,
        "<section id=\"refused\"><h2>Refused</h2>\n<p>What the repository tried to accept, and may not.</p>\n<ul>\n"
    );
    for text in refused.iter().take(ROWS) {
        put!(page, "<li>" {text} "</li>\n");
    }
    more(page, refused.len(), ROWS, "<li>");
    put!(page, "</ul></section>\n");
}

/// Why something is not known, in words.
fn why(why: Why) -> &'static str {
    match why {
        Why::NotAsked => "not asked for",
        Why::NotRead => "not read",
        Why::Denied => "rights are missing",
        Why::Unresolved => "filled in later",
        Why::Malformed => "not as it should be",
    }
}

fn unknowns(page: &mut Page, report: &Report) {
    put!(page, "<section id=\"unknowns\"><h2>Unknown</h2>\n");
    if report.unknowns.is_empty() {
        put!(page, "<p>Every check saw what it needed.</p></section>\n");
        return;
    }
    put!(
        page,
        "<p>What could not be judged, by what was not seen. It never counts as good.</p>\n<table class=\"wide\"><thead><tr><th scope=\"col\">What is missing</th><th scope=\"col\">Because</th><th scope=\"col\">Needed by</th><th scope=\"col\">Of</th></tr></thead><tbody>\n"
    );
    for unknown in report.unknowns.iter().take(ROWS) {
        put!(page, "<tr><td>" {unknown.what} "</td><td>" {why(unknown.why)} "</td><td title=\"" {unknown.checks.join(", ")} "\">" {plural(unknown.checks.len(), "check")}
            "</td><td title=\"" {unknown.subjects.join(", ")} "\">" {plural(unknown.subjects.len(), "thing")} "</td></tr>\n");
    }
    put!(page, "</tbody></table>\n");
    more(page, report.unknowns.len(), ROWS, "<p>");
    put!(page, "</section>\n");
}

fn sources(page: &mut Page, report: &Report) {
    put!(
        page,
        "<section id=\"sources\"><h2>Sources</h2>\n<p>What was asked, and what became of it.</p>\n<table class=\"wide\"><thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Kind</th><th scope=\"col\">Read</th><th scope=\"col\">Status</th></tr></thead><tbody>\n"
    );
    for source in report.sources.iter().take(ROWS) {
        put!(page, "<tr><td>" {source.target} "</td><td>" {source.kind} "</td><td>" {plural(source.read, "thing")} "</td><td>");
        if source.gaps.is_empty() {
            put!(page, "complete");
        } else {
            put!(page, "<span class=\"status\">" {plural(source.gaps.len(), "gap")} "</span><ul class=\"gaps\">");
            for gap in source.gaps.iter().take(20) {
                put!(page, "<li>" {gap.what} " (" {why(gap.why)} ")</li>");
            }
            more(page, source.gaps.len(), 20, "<li>");
            put!(page, "</ul>");
        }
        put!(page, "</td></tr>\n");
    }
    put!(page, "</tbody></table>\n");
    more(page, report.sources.len(), ROWS, "<p>");
    put!(page, "</section>\n");
}

fn controls(page: &mut Page, report: &Report, linked: &BTreeSet<&str>) {
    let matrix = &report.matrix;
    put!(page, "<section id=\"controls\"><h2>Controls and duties</h2>\n<p>What each control is, what evidence says of it, and who operates it and is \
        accountable for it where the policy says so.</p>\n<details class=\"more\"><summary>" {plural(matrix.controls.len(), "control")}
        "</summary>\n<table class=\"wide controls-table\"><thead><tr><th scope=\"col\">Control</th><th scope=\"col\">Grade</th><th scope=\"col\">Evidence</th><th scope=\"col\">Operates</th><th scope=\"col\">Accountable</th></tr></thead><tbody>\n");
    for control in matrix.controls.iter().take(ROWS) {
        let cell = weakest(matrix, &control.id);
        let grade = cell.and_then(|cell| cell.grade);
        let duty = report.duties.get(&control.id);
        let kind = match control.kind {
            ControlKind::Prevents => "prevents",
            ControlKind::Detects => "detects",
            ControlKind::Process => "process",
        };
        put!(page, "<tr id=\"control-" (control.id) "\"><td><b>" {control.id} "</b> <span class=\"meta\">" {kind} "</span><br>" {control.title}
            "</td><td>");
        heat::key(page, grade, control.kind);
        put!(page, " " {cell.map_or(sign(grade).1, |cell| shown(cell, control.kind).1)} "</td><td>");
        if let Some(cell) = cell.filter(|cell| cell.grade.is_some()) {
            put!(page, {counts(cell)} "<br><span class=\"meta\">");
            for (n, check) in cell.checks.iter().take(20).enumerate() {
                put!(page, { if n > 0 { ", " } else { "" } });
                if linked.contains(check.as_str()) {
                    put!(page, "<a href=\"#check-" (check) "\">" {check} "</a>");
                } else {
                    put!(page, { check });
                }
            }
            put!(page, "</span>");
        }
        if let Some(reason) = &control.unserved {
            put!(page, "<span class=\"meta\">" {reason} "</span>");
        }
        let said = |who: Option<&String>| who.cloned().unwrap_or_else(|| "—".to_owned());
        put!(page, "</td><td>" {said(duty.and_then(|duty| duty.operates.as_ref()))} "</td><td>" {said(duty.and_then(|duty| duty.accountable.as_ref()))} "</td></tr>\n");
    }
    put!(page, "</tbody></table></details>\n</section>\n");
}

fn foot(page: &mut Page, report: &Report) {
    put!(page, "</main>\n<footer>" {report.tool} ", facts of " {when(report.taken)} ". Everything that is counted here stands in the JSON report.</footer>\n<script>");
    page.markup(SCRIPT);
    put!(page, "</script>\n</body>\n</html>\n");
}

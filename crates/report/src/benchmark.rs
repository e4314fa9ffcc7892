//! A benchmark as a view of what was judged: the classic list, id by id, and how much of it is met.
//!
//! What was not seen is counted apart: the share is that of the ids that passed among those that passed or failed.

use crate::group::plural;
use crate::markdown::text;
use crate::text::{clean, cut, hang, wrap};
use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tyrian_judge::finding::Finding;
use tyrian_judge::run::Evidence;
use tyrian_model::evidence::Verdict;
use tyrian_model::snapshot::{Snapshot, SourceStatus};
use tyrian_rules::benchmark::{Benchmark, Item, Needs};

/// The version of this view's format.
pub const FORMAT: u32 = 1;

/// A benchmark, laid over one scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct View {
    /// The version of this format.
    pub format: u32,
    /// The program and version.
    pub tool: String,
    /// When the facts were taken, in seconds since 1970.
    pub taken: i64,
    /// The benchmark's name on the command line.
    pub benchmark: String,
    /// What people call it, with its version.
    pub title: String,
    /// What was asked, and what became of it.
    pub sources: Vec<SourceStatus>,
    /// How many ids ended how.
    pub totals: Totals,
    /// The sections, in order.
    pub sections: Vec<SectionView>,
}

/// How many ids ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Totals {
    /// Ids that everything judged meets.
    pub passed: usize,
    /// Ids that something does not meet.
    pub failed: usize,
    /// Ids of which something was not seen.
    pub unknown: usize,
    /// Ids that are left for a person.
    pub manual: usize,
    /// Ids about what is not there.
    pub not_applicable: usize,
    /// The share of the passed among passed and failed in whole percent, rounded down; null where there are none.
    pub compliance: Option<usize>,
}

/// A section of a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SectionView {
    /// Its number; empty where the benchmark has none.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// How many of its ids ended how.
    pub totals: Totals,
    /// Its ids, in order.
    pub items: Vec<ItemView>,
}

/// One id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemView {
    /// The number or name that the benchmark gives it.
    pub id: String,
    /// What it asks for, in our own words.
    pub title: String,
    /// How it ended.
    pub status: Status,
    /// The checks that answer it.
    pub checks: Vec<String>,
    /// How many subjects passed.
    pub passed: usize,
    /// What does not meet it.
    pub failures: Vec<Failure>,
    /// What was not seen, or what is left for a person; empty where nothing is to be said.
    pub notes: Vec<String>,
}

/// Something that does not meet an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// The subject's id.
    pub subject: String,
    /// What a person calls it.
    pub name: String,
    /// The check that says so.
    pub check: String,
    /// What is wrong.
    pub what: String,
    /// Did somebody accept it, with a waiver that holds? It counts as a failure all the same.
    pub accepted: bool,
}

/// How an id ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything that it is about meets it.
    Pass,
    /// Something does not.
    Fail,
    /// Something was not seen, and what was seen is right.
    Unknown,
    /// What it is about is not there.
    NotApplicable,
    /// A person has to look.
    Manual,
}

impl Status {
    /// The word of the classic list.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pass => "PASS",
            Status::Fail => "FAIL",
            Status::Unknown => "UNKNOWN",
            Status::NotApplicable => "N/A",
            Status::Manual => "MANUAL",
        }
    }
    fn style(self) -> Style {
        let color = match self {
            Status::Pass => AnsiColor::Green,
            Status::Fail => AnsiColor::Red,
            Status::Unknown => AnsiColor::Yellow,
            Status::NotApplicable => AnsiColor::BrightBlack,
            Status::Manual => AnsiColor::Cyan,
        };
        Style::new().fg_color(Some(color.into()))
    }
}

impl Totals {
    fn of<'i>(items: impl IntoIterator<Item = &'i ItemView>) -> Self {
        let mut totals = Totals::default();
        for item in items {
            match item.status {
                Status::Pass => totals.passed += 1,
                Status::Fail => totals.failed += 1,
                Status::Unknown => totals.unknown += 1,
                Status::Manual => totals.manual += 1,
                Status::NotApplicable => totals.not_applicable += 1,
            }
        }
        totals.compliance = (totals.passed * 100).checked_div(totals.passed + totals.failed);
        totals
    }
    fn words(&self) -> String {
        let mut parts = vec![format!("{} passed", self.passed), format!("{} failed", self.failed)];
        for (count, what) in [
            (self.unknown, "unknown"),
            (self.manual, "for a person to look at"),
            (self.not_applicable, "not applicable"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }
    fn share(&self) -> String {
        match self.compliance {
            Some(percent) => format!("{percent} % of {} that could be judged", self.passed + self.failed),
            None => "nothing could be judged".to_owned(),
        }
    }
}

/// Lays a benchmark over what was judged. `findings` tell which failures were accepted.
pub fn view(benchmark: &Benchmark, snapshot: &Snapshot, evidence: &[Evidence], findings: &[Finding]) -> View {
    let mut by_check: BTreeMap<&str, Vec<&Evidence>> = BTreeMap::new();
    for item in evidence {
        by_check.entry(item.check.name).or_default().push(item);
    }
    let accepted: BTreeSet<(&str, &str, &str)> = findings
        .iter()
        .filter(|finding| finding.waived.is_some())
        .map(|finding| (finding.check.as_str(), finding.subject.as_str(), finding.what.as_str()))
        .collect();
    let looked = Looked::at(snapshot);
    let sections: Vec<SectionView> = benchmark
        .sections
        .iter()
        .map(|section| {
            let items: Vec<ItemView> =
                section.items.iter().map(|item| judge(item, &by_check, &accepted, looked)).collect();
            SectionView {
                number: section.number.clone(),
                title: section.title.clone(),
                totals: Totals::of(&items),
                items,
            }
        })
        .collect();
    View {
        format: FORMAT,
        tool: snapshot.tool.clone(),
        taken: snapshot.taken,
        benchmark: benchmark.name.to_owned(),
        title: benchmark.title.clone(),
        sources: snapshot.sources.clone(),
        totals: Totals::of(sections.iter().flat_map(|section| &section.items)),
        sections,
    }
}

/// Which targets were looked at at all.
#[derive(Clone, Copy)]
struct Looked {
    host: bool,
    docker: bool,
}

impl Looked {
    fn at(snapshot: &Snapshot) -> Self {
        let worlds = || snapshot.facts.worlds.values();
        Looked {
            // A host that is a container shows none of the files that matter.
            host: worlds().any(|world| world.guarded.is_asked()),
            docker: worlds().any(|world| world.workloads.is_asked() && world.networks.is_asked()),
        }
    }
    fn lacks(self, needs: Option<Needs>) -> Option<&'static str> {
        match needs {
            Some(Needs::Host) if !self.host => {
                Some("the files of the host were not looked at: add the target host, on the host itself")
            }
            Some(Needs::Docker) if !self.docker => {
                Some("the engine was not looked at: add the target docker")
            }
            _ => None,
        }
    }
}

fn judge(
    item: &Item,
    by_check: &BTreeMap<&str, Vec<&Evidence>>,
    accepted: &BTreeSet<(&str, &str, &str)>,
    looked: Looked,
) -> ItemView {
    let (mut passed, mut judged) = (0, false);
    let mut failures = BTreeSet::new();
    let mut notes: Vec<String> = Vec::new();
    let mut unseen = BTreeSet::new();
    let all = item.checks.iter().flat_map(|check| by_check.get(check.name).into_iter().flatten());
    for Evidence { check, subject, verdict } in all {
        // What is missing from a set may be what the item is about.
        let rest = subject.id.ends_with("/*");
        if !rest && !item.counts(&subject.name) {
            continue;
        }
        judged = true;
        match verdict {
            Verdict::Pass => passed += 1,
            Verdict::NotApplicable => {}
            Verdict::Unknown(gaps) => unseen.extend(gaps.iter().map(|gap| gap.what.clone())),
            Verdict::Fail(faults, gaps) => {
                unseen.extend(gaps.iter().map(|gap| gap.what.clone()));
                failures.extend(faults.iter().map(|fault| Failure {
                    subject: subject.id.clone(),
                    name: subject.name.clone(),
                    check: check.name.to_owned(),
                    what: fault.what.clone(),
                    accepted: accepted.contains(&(check.name, &subject.id, &fault.what)),
                }));
            }
        }
    }
    let lacks = looked.lacks(item.needs);
    // Verdicts that do not apply may have been left out.
    let about_nothing = lacks.is_none()
        && item.about.as_ref().is_some_and(|check| {
            let all = by_check.get(check.as_str());
            all.is_none_or(|all| all.iter().all(|item| item.verdict == Verdict::NotApplicable))
        });
    let status = if !failures.is_empty() {
        Status::Fail
    } else if !unseen.is_empty() {
        Status::Unknown
    } else if about_nothing {
        Status::NotApplicable
    } else if let Some(reason) = &item.cannot {
        notes.push(reason.clone());
        Status::Manual
    } else if let Some(lacks) = lacks.filter(|_| passed == 0) {
        notes.push(lacks.to_owned());
        Status::Unknown
    } else if passed > 0 || (item.checks.is_empty() && item.manual.is_some()) {
        match &item.manual {
            Some(manual) => {
                notes.push(format!("left to look at: {manual}"));
                Status::Manual
            }
            None => Status::Pass,
        }
    } else if let Some(inside) = &item.inside {
        notes.push(format!("not looked at: {inside}"));
        Status::Unknown
    } else if judged || item.needs.is_some() {
        Status::NotApplicable
    } else {
        notes.push("nothing that it is about is among what was scanned".to_owned());
        Status::Unknown
    };
    notes.extend(unseen);
    ItemView {
        id: item.id.clone(),
        title: item.title.to_owned(),
        status,
        checks: item.checks.iter().map(|check| check.name.to_owned()).collect(),
        passed,
        failures: failures.into_iter().collect(),
        notes,
    }
}

/// The view as JSON with a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn json(view: &View) -> serde_json::Result<String> {
    serde_json::to_string_pretty(view).map(|text| crate::json::plain(text) + "\n")
}

/// How many failures and notes of an id are shown where not all are asked for.
const SHOWN: usize = 3;

/// The classic list for a terminal.
pub fn human(view: &View, columns: usize, all: bool) -> String {
    let bold = Style::new().bold();
    let mut out = format!("{bold}{}{}: {}\n", clean(&view.title), bold.render_reset(), view.totals.share());
    out.push_str(&wrap(&view.totals.words(), columns, ""));
    for section in &view.sections {
        out.push('\n');
        let number = if section.number.is_empty() { String::new() } else { format!("{} ", section.number) };
        let share = section.totals.compliance.map(|percent| format!("  {percent} %")).unwrap_or_default();
        let _ = writeln!(out, "{bold}{number}{}{}{share}", clean(&section.title), bold.render_reset());
        let wide = section.items.iter().map(|item| item.id.len()).max().unwrap_or(0);
        let mut said: &[String] = &[];
        for item in &section.items {
            let style = item.status.style();
            let head = format!("{:<7}", item.status.word());
            let title = cut(&clean(&item.title), columns.saturating_sub(wide + 10));
            let _ = writeln!(out, "{style}{head}{} {:<wide$} {title}", style.render_reset(), clean(&item.id));
            // What was said of the id before is not said again.
            details(&mut out, item, if item.notes == said { &[] } else { &item.notes }, columns, all);
            said = &item.notes;
        }
    }
    if !all {
        out.push_str("\nEvery place: --all\n");
    }
    out
}

fn details(out: &mut String, item: &ItemView, notes: &[String], columns: usize, all: bool) {
    let most = if all { usize::MAX } else { SHOWN };
    let lines: Vec<String> = item
        .failures
        .iter()
        .map(|failure| {
            let accepted = if failure.accepted { " (accepted)" } else { "" };
            format!("- {} {}{accepted}", clean(&failure.name), clean(&failure.what))
        })
        .collect();
    for line in lines.iter().take(most) {
        out.push_str(&hang(line, columns, "        ", "          "));
    }
    if lines.len() > most {
        let _ = writeln!(out, "        … and {} more", lines.len() - most);
    }
    // What passes needs no words; what is left to a person does only where it is asked for.
    let worth = matches!(item.status, Status::Unknown | Status::Fail) || all;
    if worth {
        for note in notes.iter().take(most) {
            out.push_str(&hang(&format!("? {}", clean(note)), columns, "        ", "          "));
        }
        if notes.len() > most {
            let _ = writeln!(out, "        … and {}", plural(notes.len() - most, "further gap"));
        }
    }
}

/// The list as Markdown: a table a section.
pub fn markdown(view: &View) -> String {
    let mut out =
        format!("# {}\n\n**{}**: {}.\n", text(&view.title), view.totals.share(), view.totals.words());
    for section in &view.sections {
        let _ = writeln!(out, "\n## {} {}\n", text(&section.number), text(&section.title));
        out.push_str("| | Id | What it asks for | What was found |\n|---|---|---|---|\n");
        for item in &section.items {
            let mut found: Vec<String> = item
                .failures
                .iter()
                .take(10)
                .map(|failure| format!("{} {}", text(&failure.name), text(&failure.what)))
                .collect();
            if item.failures.len() > 10 {
                found.push(format!("and {} more", item.failures.len() - 10));
            }
            found.extend(item.notes.iter().take(3).map(|note| format!("_{}_", text(note))));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                item.status.word(),
                text(&item.id),
                text(&item.title),
                found.join("<br>")
            );
        }
    }
    out
}

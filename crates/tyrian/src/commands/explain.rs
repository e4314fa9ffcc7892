//! `tyrian explain`.

use crate::cli::ExplainArgs;
use crate::{Failure, exit, output};
use std::fmt::Write;
use tyrian_emulate::technique::Technique;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_judge::policy::{EXPIRED, OLD_DATA, UNUSED};
use tyrian_report::human;
use tyrian_report::text::{cut, wrap};
use tyrian_rules::{checks, ids, mission::MISSION};

pub(crate) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let name = args.name.as_deref().unwrap_or_default();
    let columns = output::known_columns().map(|columns| columns.min(100));
    let text = if args.list { list(columns) } else { explain(name, columns) };
    match text {
        Some(text) => {
            output::print(&text);
            Ok(0)
        }
        None => Err(Failure::new(exit::USAGE, format!("{name}: nothing is called that{}", alike(name)))),
    }
}

/// A text with headings in lines that fit: its paragraphs are set anew, and what stands as code or as a list stays.
/// Without a terminal nothing is changed.
fn prose(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    let stays = |line: &str| line.is_empty() || line.starts_with(['#', ' ', '-']) || line.starts_with("```");
    let (mut out, mut paragraph) = (String::new(), String::new());
    for line in text.lines() {
        if stays(line) {
            out.push_str(&wrap(&paragraph, columns, ""));
            paragraph.clear();
            out.push_str(line);
            out.push('\n');
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    out.push_str(&wrap(&paragraph, columns, ""));
    out.truncate(out.trim_end().len());
    out
}

/// A row of a list: cut where a terminal would break it.
fn row(kind: &str, name: &str, title: &str, columns: Option<usize>) -> String {
    let row = format!("{kind:<8} {name:<36} {title}");
    columns.map_or(row.clone(), |columns| cut(&row, columns)) + "\n"
}

/// Every name, with its first sentence.
fn list(columns: Option<usize>) -> Option<String> {
    let mut out = String::new();
    for check in checks::all() {
        out.push_str(&row("check", check.name, check.title(), columns));
    }
    for technique in TECHNIQUES {
        out.push_str(&row("technique", technique.name, technique.title(), columns));
    }
    for control in &MISSION.controls {
        out.push_str(&row("control", &control.id, &control.title, columns));
    }
    for threat in &MISSION.threats {
        out.push_str(&row("threat", &threat.id, &threat.title, columns));
    }
    Some(out)
}

fn explain(name: &str, columns: Option<usize>) -> Option<String> {
    let listed = |names: &[&str]| prose(&names.join(", "), columns);
    let mut out = String::new();
    if let Some(check) = checks::all().into_iter().find(|check| check.name == name) {
        let severity = check.severity();
        let style = human::style(severity);
        let _ = writeln!(out, "{name} · {style}{}{}", human::name(severity), style.render_reset());
        let _ = writeln!(out, "\n{}", prose(check.text().trim(), columns));
        let _ = writeln!(out, "\n## Judges\n{}", listed(check.controls));
        let _ = writeln!(out, "## Ids\n{}", titles(check.ids));
    }
    for technique in TECHNIQUES.iter().filter(|technique| technique.name == name) {
        let _ = writeln!(out, "technique {name}\n\n{}", prose(technique.text().trim(), columns));
        let _ = writeln!(out, "\n## Ways\n{}", prose(&technique.ways().join(", "), columns));
        let _ = writeln!(out, "## Should be stopped by\n{}", listed(technique.controls));
        if !technique.detections.is_empty() {
            let _ = writeln!(out, "## Should be noticed by\n{}", listed(technique.detections));
        }
        let _ = writeln!(out, "## Ids\n{}", titles(technique.ids));
    }
    let tried = |control: &str| -> Vec<&str> {
        let by = |technique: &&&Technique| {
            technique.controls.contains(&control) || technique.detections.contains(&control)
        };
        TECHNIQUES.iter().filter(by).map(|technique| technique.name).collect()
    };
    let served = |control: &str| -> Vec<&str> {
        checks::all()
            .iter()
            .filter(|check| check.controls.contains(&control))
            .map(|check| check.name)
            .collect()
    };
    for control in MISSION.controls.iter().filter(|control| control.id == name) {
        let _ = writeln!(out, "control {name}: {}", control.title);
        let _ = writeln!(out, "\n## Answers\n{}", prose(&control.answers.join(", "), columns));
        let _ = writeln!(out, "## Judged by\n{}", listed(&served(&control.id)));
        let tried = tried(&control.id);
        if !tried.is_empty() {
            let _ = writeln!(out, "## Tried by\n{}", listed(&tried));
        }
        if let Some(reason) = &control.unserved {
            let _ = writeln!(out, "{}", prose(&format!("No check judges it: {reason}"), columns));
        }
    }
    for threat in MISSION.threats.iter().filter(|threat| threat.id == name) {
        let controls = MISSION.controls.iter().filter(|control| control.answers.contains(&threat.id));
        let controls: Vec<&str> = controls.map(|control| control.id.as_str()).collect();
        let _ = writeln!(out, "threat {name}: {}", threat.title);
        let _ = writeln!(out, "\n## Answered by\n{}", listed(&controls));
        let _ = writeln!(out, "## Ids\n{}", titles(&threat.ids));
    }
    let own = [EXPIRED, UNUSED, OLD_DATA].into_iter();
    for [check, title, why, fix] in own.filter(|[check, ..]| *check == name) {
        let _ = writeln!(out, "{check}\n\n{title}\n");
        let _ = writeln!(out, "{}", prose(&format!("## Why it matters\n{why}\n## Fix\n{fix}"), columns));
    }
    if let Some((word, meaning)) = WORDS.iter().find(|(word, _)| *word == name) {
        let _ = writeln!(out, "{}", prose(&format!("{word}: {meaning}"), columns));
    }
    // An id of a framework, with or without its family before it.
    let named = ids::named(name);
    for title in named.iter().filter_map(|id| ids::title(id)) {
        let _ = writeln!(out, "{title}");
    }
    let is_named = |id: &str| named.iter().any(|named| named == id);
    for check in checks::all().iter().filter(|check| check.ids.iter().any(|id| is_named(id))) {
        out.push_str(&row("check", check.name, check.title(), columns));
    }
    for threat in MISSION.threats.iter().filter(|threat| threat.ids.iter().any(|id| is_named(id))) {
        out.push_str(&row("threat", &threat.id, &threat.title, columns));
    }
    (!out.is_empty()).then_some(out)
}

/// Ids of frameworks with their titles, one a line.
fn titles(ids: &[impl AsRef<str>]) -> String {
    let title = |id: &str| ids::title(id).unwrap_or_else(|| id.to_owned());
    ids.iter().map(|id| title(id.as_ref())).collect::<Vec<_>>().join("\n")
}

/// Words that reports use.
const WORDS: [(&str, &str); 16] = [
    ("fact", "what was read of a thing, without judgement"),
    ("gap", "a fact that could not be read, with its reason and what to do"),
    (
        "unknown",
        "a verdict that rests on something that was not seen; it fails the gate where a finding would",
    ),
    ("world", "one cluster, Compose project, overlay, engine, host or tree; joins stay inside it"),
    ("declared", "a description says so: a file, or what the engine was told"),
    (
        "observed",
        "the live system shows it: the kernel, a host as it is; as a grade: every subject shows the control",
    ),
    ("broken", "grade: an attack went through although the control was claimed or observed"),
    ("absent", "grade: the control is missing on at least one subject"),
    ("claimed", "grade: a configuration says that the control is there"),
    ("masked", "grade: another control stopped the attack first, and this one was not tried alone"),
    ("proven", "grade: an executed attack was stopped or noticed by the control"),
    ("waiver", "an accepted finding with owner, approver, reason and expiry, in tyrian.toml"),
    (
        "baseline",
        "the findings that were there when somebody began; the gate looks at new ones until it expires",
    ),
    ("refused", "a repository tried to relax the policy it is judged by, beyond what the policy allows"),
    ("severity", "what an attacker gains × what stands before it: info, low, medium, high, critical"),
    (
        "confidence",
        "how sure a finding is: high, the fact itself is the fault; low, a pattern that is often right",
    ),
];

/// Names that contain the text, for who has half of one.
fn alike(name: &str) -> String {
    let names = checks::all().into_iter().map(|check| check.name.to_owned());
    let names = names.chain(TECHNIQUES.iter().map(|technique| technique.name.to_owned()));
    let names = names.chain(MISSION.controls.iter().map(|control| control.id.clone()));
    let names = names.chain(MISSION.threats.iter().map(|threat| threat.id.clone()));
    let close: Vec<String> = names.filter(|other| name.len() > 2 && other.contains(name)).take(8).collect();
    if close.is_empty() {
        "; see tyrian explain --list".into()
    } else {
        format!("; did you mean {}?", close.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_explained_fits_the_terminal_and_says_the_same() {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let techniques = TECHNIQUES.iter().map(|technique| technique.name);
        let names = checks::all().into_iter().map(|check| check.name).chain(techniques);
        for name in names.chain(["seccomp", "container-breakout", "unknown", EXPIRED[0]]) {
            let (whole, narrow) = (explain(name, None).unwrap(), explain(name, Some(60)).unwrap());
            assert_eq!(words(&whole), words(&narrow), "{name}");
            let is_prose = |line: &&str| !line.starts_with(['#', ' ', '-']) && line.contains(' ');
            let mut inner = narrow.lines().skip(1).take_while(|line| *line != "## Ids").filter(is_prose);
            let long = inner.find(|line| line.chars().count() > 60);
            assert_eq!(long, None, "{name}");
        }
        let list = list(Some(70)).unwrap();
        assert!(list.lines().count() > 300 && list.lines().all(|line| line.chars().count() <= 70));
    }
}

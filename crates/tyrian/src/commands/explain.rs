//! `tyrian explain`.

use crate::cli::ExplainArgs;
use crate::{Failure, exit, output};
use std::fmt::Write;
use tyrian_emulate::technique::Technique;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_judge::policy::{EXPIRED, OLD_DATA, UNUSED};
use tyrian_report::human;
use tyrian_rules::{checks, ids, mission::MISSION};

pub(crate) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let name = args.name.as_deref().unwrap_or_default();
    let text = if args.list { list() } else { explain(name) };
    match text {
        Some(text) => {
            output::print(&text);
            Ok(0)
        }
        None => Err(Failure::new(exit::USAGE, format!("{name}: nothing is called that{}", alike(name)))),
    }
}

/// Every name, with its first sentence.
fn list() -> Option<String> {
    let mut out = String::new();
    for check in checks::all() {
        let _ = writeln!(out, "check    {:<36} {}", check.name, check.title());
    }
    for technique in TECHNIQUES {
        let _ = writeln!(out, "technique {:<35} {}", technique.name, technique.title());
    }
    for control in &MISSION.controls {
        let _ = writeln!(out, "control  {:<36} {}", control.id, control.title);
    }
    for threat in &MISSION.threats {
        let _ = writeln!(out, "threat   {:<36} {}", threat.id, threat.title);
    }
    Some(out)
}

fn explain(name: &str) -> Option<String> {
    let mut out = String::new();
    if let Some(check) = checks::all().into_iter().find(|check| check.name == name) {
        let severity = check.severity();
        let style = human::style(severity);
        let _ = writeln!(out, "{name} · {style}{}{}", human::name(severity), style.render_reset());
        let _ = writeln!(out, "\n{}", check.text().trim());
        let _ = writeln!(out, "\n## Judges\n{}", check.controls.join(", "));
        let _ = writeln!(out, "## Ids\n{}", titles(check.ids));
    }
    for technique in TECHNIQUES.iter().filter(|technique| technique.name == name) {
        let _ = writeln!(out, "technique {name}\n\n{}", technique.text());
        let _ = writeln!(out, "\n## Ways\n{}", technique.ways().join(", "));
        let _ = writeln!(out, "## Should be stopped by\n{}", technique.controls.join(", "));
        if !technique.detections.is_empty() {
            let _ = writeln!(out, "## Should be noticed by\n{}", technique.detections.join(", "));
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
        let _ = writeln!(out, "\n## Answers\n{}", control.answers.join(", "));
        let _ = writeln!(out, "## Judged by\n{}", served(&control.id).join(", "));
        let tried = tried(&control.id);
        if !tried.is_empty() {
            let _ = writeln!(out, "## Tried by\n{}", tried.join(", "));
        }
        if let Some(reason) = &control.unserved {
            let _ = writeln!(out, "No check judges it: {reason}");
        }
    }
    for threat in MISSION.threats.iter().filter(|threat| threat.id == name) {
        let controls = MISSION.controls.iter().filter(|control| control.answers.contains(&threat.id));
        let controls: Vec<&str> = controls.map(|control| control.id.as_str()).collect();
        let _ = writeln!(out, "threat {name}: {}", threat.title);
        let _ = writeln!(out, "\n## Answered by\n{}", controls.join(", "));
        let _ = writeln!(out, "## Ids\n{}", titles(&threat.ids));
    }
    for [check, title, why, fix] in
        [EXPIRED, UNUSED, OLD_DATA].into_iter().filter(|[check, ..]| *check == name)
    {
        let _ = writeln!(out, "{check}\n\n{title}\n\n## Why it matters\n{why}\n## Fix\n{fix}");
    }
    if let Some((word, meaning)) = WORDS.iter().find(|(word, _)| *word == name) {
        let _ = writeln!(out, "{word}: {meaning}");
    }
    // An id of a framework, with or without its family before it.
    let named = ids::named(name);
    for title in named.iter().filter_map(|id| ids::title(id)) {
        let _ = writeln!(out, "{title}");
    }
    let is_named = |id: &str| named.iter().any(|named| named == id);
    for check in checks::all().iter().filter(|check| check.ids.iter().any(|id| is_named(id))) {
        let _ = writeln!(out, "check    {:<36} {}", check.name, check.title());
    }
    for threat in MISSION.threats.iter().filter(|threat| threat.ids.iter().any(|id| is_named(id))) {
        let _ = writeln!(out, "threat   {:<36} {}", threat.id, threat.title);
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

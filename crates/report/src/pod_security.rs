//! The Pod Security Standards, namespace by namespace: the level that each meets, and what stands in the way of more.

use crate::group::plural;
use crate::human::Look;
use crate::json::plain;
use crate::text::{clean, cut, hang, wrap};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use tyrian_model::fact::{Gap, Pos};
use tyrian_rules::pod_security::policy::{By, Policy};
use tyrian_rules::pod_security::survey::{Pod, Space, Survey};
use tyrian_rules::pod_security::{Breach, Level, control};
use unicode_width::UnicodeWidthStr;

/// How many places of one control are shown, unless all are.
const SHOWN: usize = 3;

#[derive(Serialize)]
struct Document<'s> {
    format: u32,
    benchmark: &'static str,
    #[serde(flatten)]
    survey: &'s Survey,
}

/// The survey as one JSON document with a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn json(survey: &Survey) -> serde_json::Result<String> {
    let document = Document { format: crate::FORMAT, benchmark: "pod-security", survey };
    serde_json::to_string_pretty(&document).map(|text| plain(text) + "\n")
}

/// The survey for a person. The colours are escapes that the caller strips where they are not wanted.
pub fn human(survey: &Survey, look: &Look) -> String {
    let mut out = String::new();
    let pods = survey.namespaces.iter().map(|space| space.pods.len()).sum();
    let line = format!(
        "Pod Security Standards, {}: {} in {}",
        survey.version,
        plural(pods, "pod"),
        plural(survey.namespaces.len(), "namespace")
    );
    out.push_str(&heading(&line));
    out.push('\n');
    overview(&mut out, survey, look);
    tallies(&mut out, survey, look);
    // Overlays of one base often say the same.
    let mut said: HashMap<String, String> = HashMap::new();
    let says_something =
        |space: &&Space| !space.pods.is_empty() && (space.meets < Level::Restricted || can_more(space));
    for space in survey.namespaces.iter().filter(says_something) {
        let name = format!("{} ({})", clean(&space.name), clean(&space.world));
        out.push_str(&heading(&cut(&name, look.columns)));
        if is_system(&space.name) && !look.all {
            out.push_str(&wrap("Holds the parts of Kubernetes itself: --all", look.columns, "  "));
            out.push('\n');
            continue;
        }
        let body = namespace(space, look);
        match said.get(&body) {
            Some(other) => out.push_str(&wrap(&format!("As {other}."), look.columns, "  ")),
            None => out.push_str(&body),
        }
        out.push('\n');
        said.entry(body).or_insert(name);
    }
    if !survey.missing.is_empty() {
        out.push_str(&heading("Pods that could not be read"));
        unseen(&mut out, &survey.missing.iter().collect(), "  ", look);
        out.push('\n');
    }
    out
}

/// Do its pods meet more than it enforces, for certain?
fn can_more(space: &Space) -> bool {
    space.enforces.as_ref().is_some_and(|policy| policy.level < space.meets) && is_label(&space.name)
}

fn unseen(out: &mut String, gaps: &BTreeSet<&Gap>, indent: &str, look: &Look) {
    let shown = if look.all { gaps.len() } else { SHOWN };
    for gap in gaps.iter().take(shown) {
        out.push_str(&hang(&format!("- {}", clean(&gap.what)), look.columns, indent, &format!("{indent}  ")));
    }
    more(out, gaps.len(), shown);
}

/// Is it a namespace of Kubernetes itself?
fn is_system(name: &str) -> bool {
    matches!(name, "kube-system" | "kube-public" | "kube-node-lease")
}

fn heading(text: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}{text}{}\n", bold.render_reset())
}

fn painted(level: Level) -> String {
    let color = match level {
        Level::Privileged => AnsiColor::Red,
        Level::Baseline => AnsiColor::Yellow,
        Level::Restricted => AnsiColor::Green,
    };
    let style = Style::new().fg_color(Some(color.into()));
    format!("{style}{level:<10}{}", style.render_reset(), level = level.to_string())
}

fn enforced(policy: Option<&Policy>) -> String {
    match policy {
        None => "not known".to_owned(),
        Some(Policy { by: By::Nobody, .. }) => "nothing".to_owned(),
        Some(Policy { level: Level::Privileged, .. }) => "privileged".to_owned(),
        Some(policy) => format!("{} ({})", policy.level, policy.version),
    }
}

/// Which level each namespace meets, beside what it enforces.
fn overview(out: &mut String, survey: &Survey, look: &Look) {
    if survey.namespaces.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {:<11}{:<22}{:>5}  namespace", "meets", "enforces", "pods");
    for space in &survey.namespaces {
        let name = format!("{} ({})", clean(&space.name), clean(&space.world));
        let _ = writeln!(
            out,
            "  {} {:<22}{:>5}  {}",
            if space.pods.is_empty() { "no pods   ".to_owned() } else { painted(space.meets) },
            enforced(space.enforces.as_ref()),
            space.pods.len(),
            cut(&name, look.columns.saturating_sub(42))
        );
    }
    out.push('\n');
}

/// How many pods meet each control.
fn tallies(out: &mut String, survey: &Survey, look: &Look) {
    let _ = writeln!(out, "  {:<11}{:<26}{:>7}{:>7}{:>8}", "level", "control", "passed", "failed", "unknown");
    for tally in &survey.controls {
        let _ = writeln!(
            out,
            "  {:<11}{:<26}{:>7}{:>7}{:>8}",
            tally.level.to_string(),
            cut(tally.title, 25),
            tally.passed,
            tally.failed,
            tally.unknown
        );
    }
    for level in [Level::Baseline, Level::Restricted] {
        let (passed, failed, unknown) = survey.answers(level);
        if let Some(percent) = (100 * passed).checked_div(passed + failed) {
            let line = format!("{level}: {percent}% met, {passed} of {}; {unknown} unknown", passed + failed);
            out.push_str(&wrap(&line, look.columns, "  "));
        }
    }
    out.push('\n');
}

fn namespace(space: &Space, look: &Look) -> String {
    let mut out = String::new();
    let mut line = format!("Meets {}, enforces {}.", space.meets, enforced(space.enforces.as_ref()));
    if can_more(space) {
        let _ = write!(
            line,
            " It can enforce {} today: kubectl label --overwrite namespace {} pod-security.kubernetes.io/enforce={}",
            space.meets, space.name, space.meets
        );
    }
    out.push_str(&wrap(&line, look.columns, "  "));
    let baseline: Vec<(&Pod, &Breach)> = breaches(space, |pod| pod.baseline.iter().collect());
    // What `restricted` adds: a field that the baseline forbids already is said once.
    let beyond: Vec<(&Pod, &Breach)> = breaches(space, |pod| {
        let fields: BTreeSet<&str> = pod.baseline.iter().map(|breach| breach.field.as_str()).collect();
        pod.restricted.iter().filter(|breach| !fields.contains(breach.field.as_str())).collect()
    });
    in_the_way(&mut out, "In the way of baseline", &baseline, look);
    let title =
        if baseline.is_empty() { "In the way of restricted" } else { "And of restricted, beyond that" };
    in_the_way(&mut out, title, &beyond, look);
    let gaps: BTreeSet<&Gap> = space
        .pods
        .iter()
        .flat_map(|pod| pod.unseen_for_baseline.iter().chain(&pod.unseen_for_restricted))
        .collect();
    if !gaps.is_empty() {
        let _ = writeln!(out, "  Not seen");
        unseen(&mut out, &gaps, "    ", look);
    }
    out
}

/// Can the name stand in a command as it is?
fn is_label(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 64
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn breaches<'s>(space: &'s Space, of: impl Fn(&'s Pod) -> Vec<&'s Breach>) -> Vec<(&'s Pod, &'s Breach)> {
    space.pods.iter().flat_map(|pod| of(pod).into_iter().map(move |breach| (pod, breach))).collect()
}

/// Control by control: what to set, and where.
fn in_the_way(out: &mut String, title: &str, breaches: &[(&Pod, &Breach)], look: &Look) {
    if breaches.is_empty() {
        return;
    }
    let pods: BTreeSet<&str> = breaches.iter().map(|(pod, _)| pod.subject.as_str()).collect();
    let _ = writeln!(out, "  {title}: {}", plural(pods.len(), "pod"));
    let mut ids: Vec<&str> = Vec::new();
    for (_, breach) in breaches {
        if !ids.contains(&breach.control) {
            ids.push(breach.control);
        }
    }
    for control in ids.into_iter().filter_map(control) {
        let text = format!("{}: {}", control.title, control.set);
        out.push_str(&hang(&text, look.columns, "    ", "      "));
        let places: Vec<_> = breaches.iter().filter(|(_, breach)| breach.control == control.id).collect();
        let shown = if look.all { places.len() } else { SHOWN };
        for (pod, breach) in places.iter().take(shown) {
            place(out, pod, breach, look);
        }
        more(out, places.len(), shown);
    }
}

fn more(out: &mut String, all: usize, shown: usize) {
    if all > shown {
        let _ = writeln!(out, "      … and {} more: --all", all - shown);
    }
}

fn place(out: &mut String, pod: &Pod, breach: &Breach, look: &Look) {
    let container = match &breach.container {
        Some(name) => format!(", container {}", clean(name)),
        None => String::new(),
    };
    let field = breach.below.trim_start_matches("securityContext.");
    let text =
        format!("- {}{container}: {} is {}", clean(&pod.name), clean(field), cut(&clean(&breach.value), 60));
    let at = written(pod, breach.at.as_ref());
    if !at.is_empty() && text.width() + at.width() + 8 <= look.columns {
        let _ = writeln!(out, "      {text}  {at}");
        return;
    }
    out.push_str(&hang(&text, look.columns, "      ", "        "));
    if !at.is_empty() {
        let _ = writeln!(out, "        {at}");
    }
}

/// A place as editors take it; nothing for what is live.
fn written(pod: &Pod, at: Option<&Pos>) -> String {
    let at = at.or(pod.at.as_ref());
    let file = at.and_then(|at| at.file.as_deref()).unwrap_or(&pod.file);
    match at {
        _ if file.is_empty() => String::new(),
        Some(at) => clean(&format!("{file}:{}:{}", at.line, at.column)),
        None => clean(file),
    }
}

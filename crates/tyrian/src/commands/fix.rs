//! `tyrian fix`.

use crate::cli::{FixArgs, FixFormat};
use crate::patch::{Answer, Patched, Plan, plan};
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, assess, change, exit, output};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Severity;
use tyrian_model::mend::Risk;
use tyrian_report::text::{clean, hang};
use tyrian_rules::checks;

pub(crate) fn run(args: &FixArgs) -> Result<u8, Failure> {
    for name in &args.check {
        if !checks::all().iter().any(|check| check.name == name) {
            let what = format!("no check is named {name}; see tyrian explain --list");
            return Err(Failure::new(exit::USAGE, what));
        }
    }
    if args.undo {
        return undo(args);
    }
    let now = jiff::Timestamp::now();
    let since = (now.as_second(), i64::from(now.subsec_nanosecond()));
    let progress = Progress::new(args.targets.quiet);
    let assessed = assess::assess(&args.targets, &args.policy, &progress)?;
    if assessed.snapshot.sources.is_empty() || args.targets.targets.iter().any(|text| is_snapshot(text)) {
        return Err(Failure::new(exit::USAGE, "a snapshot has no files: name what it was taken of"));
    }
    let least: Option<Severity> = args.severity.map(Into::into);
    let wanted = |finding: &&Finding| {
        finding.waived.is_none()
            && least.is_none_or(|least| finding.severity >= least)
            && (args.check.is_empty() || args.check.contains(&finding.check))
    };
    let findings: Vec<Finding> = assessed.report.findings.iter().filter(wanted).cloned().collect();
    progress.now("making patches");
    let plan = plan(&findings, &assessed.snapshot, &assessed.evidence, &args.targets, Some(since));
    drop(progress);
    let patched: Vec<Patched> = plan
        .files
        .iter()
        .filter_map(|file| file.patched(|_, risk| risk == Risk::Safe || args.r#try))
        .collect();
    if args.apply {
        let changes: Vec<_> = patched.iter().map(|patched| &patched.change).collect();
        change::apply(&changes)?;
    }
    let said = match args.format {
        FixFormat::Human => human(args, &findings, &plan, &patched),
        FixFormat::Patch => patched.iter().map(|patched| patched.diff.as_str()).collect(),
        FixFormat::Json => {
            let json = serde_json::to_string_pretty(&json(args, &findings, &plan, &patched));
            json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n"
        }
    };
    output::print(&said);
    Ok(0)
}

fn is_snapshot(text: &str) -> bool {
    matches!(Target::parse(text), Ok(Target::Facts(_)))
}

fn undo(args: &FixArgs) -> Result<u8, Failure> {
    let mut folders = Vec::new();
    let here = [".".to_owned()];
    for text in if args.targets.targets.is_empty() { &here[..] } else { &args.targets.targets } {
        let path = match Target::parse(text).map_err(|what| Failure::new(exit::USAGE, what))? {
            Target::Path(path) | Target::Service(path, _) | Target::Workload(path, ..) => path,
            Target::Host => args.targets.root.clone().unwrap_or_else(|| "/".into()),
            _ => return Err(Failure::new(exit::USAGE, format!("{text}: nothing of it is ever changed"))),
        };
        let failed = |error| Failure::new(exit::USAGE, format!("{}: {error}", path.display()));
        folders.push(path.canonicalize().map_err(failed)?);
    }
    let files: Vec<PathBuf> = change::undo(&folders)?;
    let mut out = String::new();
    for file in &files {
        let _ = writeln!(out, "as before: {}", clean(&file.to_string_lossy()));
    }
    output::print(&out);
    Ok(0)
}

fn bold() -> Style {
    Style::new().bold()
}

/// A diff for a terminal.
fn coloured(diff: &str) -> String {
    let mut out = String::new();
    for line in diff.lines() {
        let colour = match line.as_bytes().first() {
            _ if line.starts_with("--- ") || line.starts_with("+++ ") => None,
            Some(b'-') => Some(AnsiColor::Red),
            Some(b'+') => Some(AnsiColor::Green),
            Some(b'@') => Some(AnsiColor::Cyan),
            _ => None,
        };
        let style = Style::new().fg_color(colour.map(Into::into));
        // Tabs stay, and the end of a line of Windows is none of its text.
        let line: Vec<String> = line.trim_end_matches('\r').split('\t').map(clean).collect();
        let _ = writeln!(out, "{style}{}{}", line.join("\t"), style.render_reset());
    }
    out
}

fn place(finding: &Finding) -> String {
    match &finding.place {
        Some(place) => match place.line {
            Some(line) => format!("{}:{line}", clean(&place.file)),
            None => clean(&place.file),
        },
        None => clean(&finding.name),
    }
}

fn human(args: &FixArgs, findings: &[Finding], plan: &Plan, patched: &[Patched]) -> String {
    let mut out = String::new();
    let columns = output::terminal_columns();
    let mut then: BTreeSet<(&str, &str)> = BTreeSet::new();
    for file in patched {
        let named = Path::new(&file.change.base).join(&file.change.file);
        let _ = writeln!(
            out,
            "{}{}{}: {} mended",
            bold(),
            clean(&named.to_string_lossy()),
            bold().render_reset(),
            counted(file.findings.len(), "finding")
        );
        for (check, members) in by_check(findings, &file.findings) {
            // Two overlays of one file are one place to mend.
            let mut names: Vec<String> = members.iter().map(|finding| clean(&finding.name)).collect();
            names.dedup();
            out.push_str(&hang(&format!("{check}: {}", names.join(" · ")), columns, "  ", "      "));
        }
        if let Some((before, after)) = file.mode {
            let _ = writeln!(out, "  mode {before:04o} becomes {after:04o}");
        }
        out.push_str(&coloured(&file.diff));
        out.push('\n');
        for n in &file.findings {
            if let Answer::Patch { then: what, .. } = &plan.answers[*n]
                && !what.is_empty()
            {
                then.insert((findings[*n].check.as_str(), what));
            }
        }
    }
    let mended: usize = patched.iter().map(|file| file.findings.len()).sum();
    if !then.is_empty() {
        let _ = writeln!(out, "{}Then{}", bold(), bold().render_reset());
        for (check, what) in then {
            out.push_str(&hang(&format!("{check}: {}", clean(what)), columns, "  ", "      "));
        }
        out.push('\n');
    }
    let mut to_try: Vec<(usize, String)> = Vec::new();
    let (mut advice, mut person) = (Vec::new(), Vec::new());
    for (n, answer) in plan.answers.iter().enumerate() {
        match answer {
            Answer::Patch { risk: Risk::Try, then, .. } if !args.r#try => to_try.push((n, then.clone())),
            Answer::Patch { .. } => {}
            Answer::Advice(what) => advice.push((n, what.clone())),
            Answer::Person(why) => person.push((n, why.clone())),
        }
    }
    person.extend(patched.iter().flat_map(|file| file.refused.iter().cloned()));
    let tried = to_try.len();
    section(&mut out, "With --try, for these may stop a program", findings, to_try, columns);
    section(&mut out, "To be typed", findings, advice, columns);
    section(&mut out, "Left to a person", findings, person, columns);
    let state = if args.apply { "mended" } else { "can be mended" };
    let _ = writeln!(
        out,
        "{} of {} {state} in {}{}.",
        mended,
        counted(findings.len(), "finding"),
        counted(patched.len(), "file"),
        if tried > 0 { format!(", {tried} more with --try") } else { String::new() }
    );
    if args.apply && mended > 0 {
        out.push_str("Take it back: tyrian fix --undo\n");
    } else if mended > 0 {
        out.push_str("Nothing is changed yet: --apply does it, --undo takes it back.\n");
    }
    out
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn by_check<'f>(findings: &'f [Finding], members: &[usize]) -> BTreeMap<&'f str, Vec<&'f Finding>> {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in members.iter().filter_map(|n| findings.get(*n)) {
        groups.entry(finding.check.as_str()).or_default().push(finding);
    }
    groups
}

/// Findings by their check and by what is said of them.
fn section(out: &mut String, title: &str, findings: &[Finding], of: Vec<(usize, String)>, columns: usize) {
    if of.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}{title}{}", bold(), bold().render_reset());
    let mut groups: BTreeMap<(&str, String), Vec<&Finding>> = BTreeMap::new();
    for (n, what) in of {
        if let Some(finding) = findings.get(n) {
            groups.entry((finding.check.as_str(), what)).or_default().push(finding);
        }
    }
    for ((check, what), members) in groups {
        let mut places: Vec<String> = members.iter().map(|finding| place(finding)).collect();
        places.dedup();
        let more = places.len().saturating_sub(MOST_PLACES);
        places.truncate(MOST_PLACES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let line = format!("{check} ({}{more}): {}", places.join(", "), clean(&what));
        out.push_str(&hang(&line, columns, "  ", "      "));
    }
    out.push('\n');
}

/// So many places are named of findings about which the same is said.
const MOST_PLACES: usize = 4;

#[derive(Serialize)]
struct Said<'a> {
    format: u32,
    applied: bool,
    files: Vec<SaidFile<'a>>,
    findings: Vec<SaidFinding<'a>>,
}

#[derive(Serialize)]
struct SaidFile<'a> {
    file: String,
    findings: Vec<&'a str>,
    patch: &'a str,
    mode: Option<String>,
}

#[derive(Serialize)]
struct SaidFinding<'a> {
    id: &'a str,
    check: &'a str,
    severity: Severity,
    subject: &'a str,
    place: &'a Option<tyrian_judge::finding::Place>,
    /// `safe`, `try`, `advice` or `person`.
    mend: &'static str,
    /// Is it among the files above?
    included: bool,
    said: &'a str,
    patch: Option<&'a str>,
}

fn json<'a>(args: &FixArgs, findings: &'a [Finding], plan: &'a Plan, patched: &'a [Patched]) -> Said<'a> {
    let of_file = |file: &'a Patched| SaidFile {
        file: file.change.base.join(&file.change.file).to_string_lossy().into_owned(),
        findings: file.findings.iter().map(|n| findings[*n].id.as_str()).collect(),
        patch: &file.diff,
        mode: file.mode.map(|(_, after)| format!("{after:04o}")),
    };
    let of_finding = |(n, finding): (usize, &'a Finding)| {
        let (mend, said, patch) = match &plan.answers[n] {
            Answer::Patch { risk: Risk::Safe, then, diff, .. } => ("safe", then, Some(diff.as_str())),
            Answer::Patch { risk: Risk::Try, then, diff, .. } => ("try", then, Some(diff.as_str())),
            Answer::Advice(what) => ("advice", what, None),
            Answer::Person(why) => ("person", why, None),
        };
        SaidFinding {
            id: &finding.id,
            check: &finding.check,
            severity: finding.severity,
            subject: &finding.subject,
            place: &finding.place,
            mend,
            included: patched.iter().any(|file| file.findings.contains(&n)),
            said,
            patch,
        }
    };
    Said {
        format: 1,
        applied: args.apply,
        files: patched.iter().map(of_file).collect(),
        findings: findings.iter().enumerate().map(of_finding).collect(),
    }
}

//! Targets to a report: read, judge, and lay the policies over it.

use crate::cli::{PolicyArgs, Targets};
use crate::config::{Config, load};
use crate::progress::Progress;
use crate::scan;
use crate::target::Target;
use crate::{Failure, exit};
use std::path::PathBuf;
use tyrian_judge::policy::{apply, decide, matches};
use tyrian_judge::run::{self, Evidence};
use tyrian_model::snapshot::Snapshot;
use tyrian_report::Report;
use tyrian_rules::checks;

/// Reads the targets, judges them, and applies what the policies accept.
pub(crate) fn report(targets: &Targets, policy: &PolicyArgs, progress: &Progress) -> Result<Report, Failure> {
    Ok(assess(targets, policy, progress)?.report)
}

/// A report, and what it was made of.
pub(crate) struct Assessed {
    pub(crate) report: Report,
    pub(crate) snapshot: Snapshot,
    pub(crate) evidence: Vec<Evidence>,
}

/// The same, with what the report was made of.
pub(crate) fn assess(
    targets: &Targets,
    policy: &PolicyArgs,
    progress: &Progress,
) -> Result<Assessed, Failure> {
    let config = load(
        &start(targets),
        policy.config.as_deref(),
        policy.policy.as_deref(),
        policy.baseline.as_deref(),
    )?;
    for note in &config.notes {
        anstream::eprintln!("tyrian: {}", tyrian_report::text::clean(note));
    }
    let snapshot = scan::snapshot(targets, progress)?;
    progress.now("judging");
    let checks = checks::all();
    let mut evidence = run::judge(&snapshot.facts, &checks);
    let focus = scan::focus(targets);
    if !focus.is_empty() {
        let named = |id: &str| {
            focus.iter().any(|name| matches(&format!("*{name}"), id.split('#').next().unwrap_or(id)))
        };
        evidence.retain(|item| named(&item.subject.id));
        if evidence.is_empty() {
            let mut what = format!("{}: there is none of that name", targets.targets.join(", "));
            let gaps = snapshot.sources.iter().flat_map(|source| &source.gaps);
            gaps.take(20).for_each(|gap| what.push_str(&format!("\n  {}", gap.what)));
            return Err(Failure::new(exit::NOTHING, what));
        }
    }
    let mut report = Report::new(&snapshot, &evidence);
    let Config { organisation, own, baseline, .. } = config;
    let today = jiff::Zoned::now().date();
    let (ignores, marks) = (run::ignores(&snapshot.facts), run::marks(&snapshot.facts));
    let applied =
        apply(&mut report.findings, &organisation, &own, baseline.as_ref(), &ignores, &marks, today);
    report.findings.extend(applied.about);
    let of_check = |name: &str| {
        let check = checks.iter().find(|check| check.name == name)?;
        Some((check.layer, check.severity(), check.controls.iter().map(|c| (*c).to_owned()).collect()))
    };
    report.decision = decide(
        &report.findings,
        &report.unknowns,
        &report.sources,
        &organisation,
        &own,
        applied.refused,
        of_check,
    );
    report.duties = own.duties;
    report.duties.extend(organisation.duties);
    report.count();
    Ok(Assessed { report, snapshot, evidence })
}

/// Where the search for `tyrian.toml` begins: the first target that is a path, or here.
fn start(targets: &Targets) -> PathBuf {
    let path = |text: &String| match Target::parse(text) {
        Ok(Target::Path(path) | Target::Service(path, _) | Target::Workload(path, _, _)) => Some(path),
        _ => None,
    };
    targets.targets.iter().find_map(path).unwrap_or_else(|| ".".into())
}

//! Targets to a report: read, judge, and lay the policies over it.

use crate::cli::{PolicyArgs, Targets};
use crate::config::{BaselineOf, Config, load};
use crate::progress::Progress;
use crate::scan;
use crate::target::Target;
use crate::{Failure, agreed, exit, vex, vulnerable};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tyrian_judge::policy::{Marks, apply, decide, excuse, matches};
use tyrian_judge::run::{self, Evidence};
use tyrian_model::facts::Ignore;
use tyrian_model::snapshot::{Snapshot, SourceStatus};
use tyrian_report::Report;
use tyrian_rules::checks;

/// Reads the targets, judges them, and applies what the policies accept.
pub(crate) fn report(targets: &Targets, policy: &PolicyArgs, progress: &Progress) -> Result<Report, Failure> {
    assess(targets, policy, progress).map(|judged| judged.report)
}

/// The same, with what the report was made of.
pub(crate) fn assess(targets: &Targets, policy: &PolicyArgs, progress: &Progress) -> Result<Judged, Failure> {
    let baseline = policy.baseline.as_deref().map_or(BaselineOf::Configuration, BaselineOf::Line);
    judged(targets, policy, baseline, progress)
}

/// A report, and what it was made of.
pub(crate) struct Judged {
    pub(crate) snapshot: Snapshot,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) report: Report,
}

/// The same with that baseline, or without any.
pub(crate) fn judged(
    targets: &Targets,
    policy: &PolicyArgs,
    baseline: BaselineOf,
    progress: &Progress,
) -> Result<Judged, Failure> {
    let config = configuration(targets, policy, baseline)?;
    let mut snapshot = scan::snapshot(targets, progress)?;
    progress.now("comparing packages with advisories");
    let db = targets.advisories.db.as_deref();
    let about = vulnerable::compare(&mut snapshot.facts, db, config.advisory_days(), targets.quiet)?;
    let today = jiff::Zoned::now().date().to_string();
    agreed::judge(&mut snapshot.facts, &[&config.organisation_list, &config.own_list], &today);
    progress.now("judging");
    let checks = checks::all();
    let mut evidence = run::judge(&snapshot.facts, &checks);
    focus(&mut evidence, targets, &snapshot)?;
    let mut report = Report::new(&snapshot, &evidence, &crate::proof::attacks(&snapshot, &evidence));
    about.fill(&mut report);
    decided(&mut report, config, &run::ignores(&snapshot.facts), &run::marks(&snapshot.facts));
    Ok(Judged { snapshot, evidence, report })
}

/// What `--strict` asks: is something not known, or was something not read?
pub(crate) fn is_incomplete(unknown: bool, sources: &[SourceStatus]) -> bool {
    unknown || sources.iter().any(|source| !source.gaps.is_empty())
}

/// Leaves only what is about the workloads that targets name, where they name any.
///
/// # Errors
/// There is none of that name.
pub(crate) fn focus(
    evidence: &mut Vec<Evidence>,
    targets: &Targets,
    snapshot: &Snapshot,
) -> Result<(), Failure> {
    let focus = scan::focus(targets);
    if focus.is_empty() {
        return Ok(());
    }
    let named =
        |id: &str| focus.iter().any(|name| matches(&format!("*{name}"), id.split('#').next().unwrap_or(id)));
    evidence.retain(|item| named(&item.subject.id));
    if evidence.is_empty() {
        let mut what = format!("{}: there is none of that name", targets.targets.join(", "));
        let gaps = snapshot.sources.iter().flat_map(|source| &source.gaps);
        gaps.take(20).for_each(|gap| what.push_str(&format!("\n  {}", gap.what)));
        return Err(Failure::new(exit::NOTHING, what));
    }
    Ok(())
}

/// What the gate goes by; what is to be said of it is said.
pub(crate) fn configuration(
    targets: &Targets,
    policy: &PolicyArgs,
    baseline: BaselineOf,
) -> Result<Config, Failure> {
    let mut config = load(&start(targets), policy.config.as_deref(), policy.policy.as_deref(), baseline)?;
    for file in &policy.vex {
        config.vex.push(vex::read(file, false)?);
    }
    for note in &config.notes {
        anstream::eprintln!("tyrian: {}", tyrian_report::text::clean(note));
    }
    Ok(config)
}

/// Applies what the policies accept, and lets the gate decide.
pub(crate) fn decided(
    report: &mut Report,
    config: Config,
    ignores: &[Ignore],
    marks: &BTreeMap<String, Marks>,
) {
    let checks = checks::all();
    let Config { organisation, own, baseline, vex: words, .. } = config;
    let today = jiff::Zoned::now().date();
    let mut applied =
        apply(&mut report.findings, &organisation, &own, baseline.as_ref(), ignores, marks, today);
    let (excuses, notes) = vex::excuses(&words, &report.findings);
    applied.refused.extend(excuse(&mut report.findings, &excuses, &organisation));
    for note in notes {
        anstream::eprintln!("tyrian: {}", tyrian_report::text::clean(&note));
    }
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
}

/// Where the search for `tyrian.toml` begins: the first target that is a path, or here.
pub(crate) fn start(targets: &Targets) -> PathBuf {
    let path = |text: &String| match Target::parse(text) {
        Ok(Target::Path(path) | Target::Service(path, _) | Target::Workload(path, _, _)) => Some(path),
        _ => None,
    };
    targets.targets.iter().find_map(path).unwrap_or_else(|| ".".into())
}

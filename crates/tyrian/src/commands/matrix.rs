//! `tyrian matrix`.

use crate::cli::{Format, MatrixArgs, Targets};
use crate::progress::Progress;
use crate::{Failure, assess, exit, output, proof, scan};
use std::collections::BTreeMap;
use std::path::Path;
use tyrian_judge::matrix::Matrix;
use tyrian_judge::run::Evidence;
use tyrian_model::evidence::Verdict;
use tyrian_model::snapshot::Snapshot;
use tyrian_report::compare::{self, Pair};
use tyrian_report::{Report, benchmark, csv, html, matrix, navigator, nist, oscal, svg};

pub(crate) fn run(args: &MatrixArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let before = before(args, &progress)?;
    let judged = judged(&args.targets, &progress)?;
    let report = &judged.report;
    drop(progress);
    let only = args.layer.map(Into::into);
    let render = |format, columns| match (format, &before) {
        (Format::Json, None) => json(&report.matrix),
        (Format::Human, None) => Ok(matrix::render(&report.matrix, only, columns, report.taken)),
        (Format::Html, None) => Ok(html::matrix(report, only)),
        (Format::Svg, None) => Ok(svg::render(&report.matrix)),
        (Format::Csv, None) => Ok(csv::matrix(report)),
        (Format::Navigator, None) => navigator::render(report).map_err(internal),
        (Format::Oscal, None) => oscal::render(report).map_err(internal),
        (Format::Nist, None) => nist(&judged, columns),
        (format, Some(before)) => {
            let pair = Pair { before, after: report };
            match format {
                Format::Json => json(&serde_json::json!({ "before": before, "after": report.matrix })),
                Format::Human => Ok(compare::render(&pair, only, columns)),
                Format::Html => Ok(html::comparison(&pair, only)),
                _ => {
                    let what = "two matrices are shown side by side as human, html or json";
                    Err(Failure::new(exit::USAGE, what))
                }
            }
        }
        _ => {
            let what = "there is no matrix in this format: use human, json, html, svg, csv, navigator, nist or oscal, or \
                        tyrian scan";
            Err(Failure::new(exit::USAGE, what))
        }
    };
    output::write_each(&files, |format| render(format, 100))?;
    output::print(&render(args.outputs.format, output::terminal_columns())?);
    Ok(0)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    Ok(json.map_err(internal)? + "\n")
}

fn internal(error: serde_json::Error) -> Failure {
    Failure::new(exit::INTERNAL, error.to_string())
}

/// What targets hold, what was judged of it, and the report of that.
struct Judged {
    snapshot: Snapshot,
    evidence: Vec<Evidence>,
    report: Report,
}

/// The report of targets, without any policy.
fn judged(targets: &Targets, progress: &Progress) -> Result<Judged, Failure> {
    let snapshot = scan::snapshot(targets, progress)?;
    progress.now("judging");
    let mut evidence = tyrian_judge::run::judge(&snapshot.facts, &tyrian_rules::checks::all());
    assess::focus(&mut evidence, targets, &snapshot)?;
    let report = Report::new(&snapshot, &evidence, &proof::attacks(&snapshot, &evidence));
    Ok(Judged { snapshot, evidence, report })
}

/// The matrix by the countermeasures of NIST SP 800-190.
fn nist(judged: &Judged, columns: usize) -> Result<String, Failure> {
    let Judged { snapshot, evidence, report } = judged;
    let name = "nist-800-190";
    let missing = || Failure::new(exit::INTERNAL, format!("{name}: no benchmark is called that"));
    let benchmark = tyrian_rules::benchmark::named(name).ok_or_else(missing)?;
    let view = benchmark::view(&benchmark, snapshot, evidence, &report.findings);
    let mut unknown = BTreeMap::new();
    for item in evidence.iter().filter(|item| matches!(item.verdict, Verdict::Unknown(_))) {
        *unknown.entry(item.check.name).or_insert(0) += 1;
    }
    Ok(nist::render(&view, &report.matrix, &unknown, &tyrian_rules::checks::all(), columns))
}

/// The matrix to compare with, where one is asked for: of targets, or as a file has it.
fn before(args: &MatrixArgs, progress: &Progress) -> Result<Option<Matrix>, Failure> {
    match args.before.as_slice() {
        [] => Ok(None),
        [file] if file.ends_with(".json") && !file.contains(':') => {
            super::gate::earlier_matrix(Path::new(file)).map(Some)
        }
        targets => {
            let targets = Targets { targets: targets.to_vec(), ..args.targets.clone() };
            judged(&targets, progress).map(|judged| Some(judged.report.matrix))
        }
    }
}

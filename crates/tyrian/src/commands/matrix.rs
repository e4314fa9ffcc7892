//! `tyrian matrix`.

use crate::cli::{Format, MatrixArgs, Targets};
use crate::progress::Progress;
use crate::{Failure, assess, exit, output, proof, scan};
use std::path::Path;
use tyrian_judge::matrix::Matrix;
use tyrian_report::compare::{self, Pair};
use tyrian_report::{Report, html, matrix, svg};

pub(crate) fn run(args: &MatrixArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let before = before(args, &progress)?;
    let report = judged(&args.targets, &progress)?;
    drop(progress);
    let only = args.layer.map(Into::into);
    let render = |format, columns| match (format, &before) {
        (Format::Json, None) => json(&report.matrix),
        (Format::Human, None) => Ok(matrix::render(&report.matrix, only, columns, report.taken)),
        (Format::Html, None) => Ok(html::matrix(&report, only)),
        (Format::Svg, None) => Ok(svg::render(&report.matrix)),
        (format, Some(before)) => {
            let pair = Pair { before, after: &report };
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
            let what = "there is no matrix in this format: use human, json, html or svg, or tyrian scan";
            Err(Failure::new(exit::USAGE, what))
        }
    };
    output::write_each(&files, |format| render(format, 100))?;
    output::print(&render(args.outputs.format, output::terminal_columns())?);
    Ok(0)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    Ok(json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n")
}

/// The report of targets, without any policy.
fn judged(targets: &Targets, progress: &Progress) -> Result<Report, Failure> {
    let snapshot = scan::snapshot(targets, progress)?;
    progress.now("judging");
    let mut evidence = tyrian_judge::run::judge(&snapshot.facts, &tyrian_rules::checks::all());
    assess::focus(&mut evidence, targets, &snapshot)?;
    Ok(Report::new(&snapshot, &evidence, &proof::attacks(&snapshot, &evidence)))
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
            judged(&targets, progress).map(|report| Some(report.matrix))
        }
    }
}

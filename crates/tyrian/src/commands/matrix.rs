//! `tyrian matrix`.

use crate::cli::{Format, MatrixArgs};
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use tyrian_report::{Report, html, matrix, svg};

pub(crate) fn run(args: &MatrixArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let snapshot = scan::snapshot(&args.targets, &progress)?;
    let evidence = tyrian_judge::run::judge(&snapshot.facts, &tyrian_rules::checks::all());
    let report = Report::new(&snapshot, &evidence, &crate::proof::attacks(&snapshot));
    drop(progress);
    let only = args.layer.map(Into::into);
    let render = |format, columns| match format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&report.matrix);
            Ok(json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n")
        }
        Format::Human => Ok(matrix::render(&report.matrix, only, columns)),
        Format::Html => Ok(html::matrix(&report, only)),
        Format::Svg => Ok(svg::render(&report.matrix)),
        _ => {
            let what = "there is no matrix in this format: use human, json, html or svg, or tyrian scan";
            Err(Failure::new(exit::USAGE, what))
        }
    };
    output::write_each(&files, |format| render(format, 100))?;
    output::print(&render(args.outputs.format, output::terminal_columns())?);
    Ok(0)
}

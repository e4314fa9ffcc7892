//! `tyrian matrix`.

use crate::cli::{Format, MatrixArgs};
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use tyrian_report::{Report, matrix};

pub(crate) fn run(args: &MatrixArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let snapshot = scan::snapshot(&args.targets, &progress)?;
    let evidence = tyrian_judge::run::judge(&snapshot.facts, &tyrian_rules::checks::all());
    let report = Report::new(&snapshot, &evidence);
    drop(progress);
    output::write_files(&report, &files)?;
    let text = match args.outputs.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&report.matrix);
            json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n"
        }
        Format::Human => {
            matrix::render(&report.matrix, args.layer.map(Into::into), output::terminal_columns())
        }
    };
    output::print(&text);
    Ok(0)
}

//! `tyrian scan`.

use crate::cli::ScanArgs;
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use tyrian_report::Report;

pub(crate) fn run(args: &ScanArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let snapshot = scan::snapshot(&args.targets, &progress)?;
    progress.now("judging");
    let evidence = tyrian_judge::run::judge(&snapshot.facts, &tyrian_rules::checks::all());
    let report = Report::new(&snapshot, &evidence);
    drop(progress);
    output::write(&report, &args.outputs, &files, args.all)?;
    let incomplete =
        report.summary.unknown > 0 || report.sources.iter().any(|source| !source.gaps.is_empty());
    Ok(if args.targets.strict && incomplete { exit::INCOMPLETE } else { 0 })
}

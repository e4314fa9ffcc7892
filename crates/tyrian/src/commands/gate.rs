//! `tyrian gate`.

use crate::cli::{Format, GateArgs};
use crate::progress::Progress;
use crate::{Failure, assess, exit, output};
use tyrian_report::human;

pub(crate) fn run(args: &GateArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let report = assess::report(&args.targets, &args.policy, &progress)?;
    drop(progress);
    match args.outputs.format {
        Format::Human => {
            output::write_files(&report, &files)?;
            output::print(&human::decision(&report, output::terminal_columns()));
        }
        _ => output::write(&report, &args.outputs, &files, true)?,
    }
    Ok(if report.decision.passed { 0 } else { exit::GATE })
}

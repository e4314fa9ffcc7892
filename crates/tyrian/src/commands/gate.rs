//! `tyrian gate`.

use crate::cli::{Format, GateArgs};
use crate::config::BaselineOf;
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, assess, earlier, exit, output};
use tyrian_report::human;

pub(crate) fn run(args: &GateArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let earlier = match &args.targets.targets[..] {
        [one] => Target::parse(one).ok(),
        _ => None,
    };
    let report = match earlier {
        Some(Target::Report(file, pinned)) => {
            let policy = &args.policy;
            let baseline = policy.baseline.as_deref().map_or(BaselineOf::Configuration, BaselineOf::Line);
            let config = assess::configuration(&args.targets, policy, baseline)?;
            earlier::report(&file, pinned.as_deref(), config)?
        }
        _ => {
            let progress = Progress::new(args.targets.quiet);
            assess::report(&args.targets, &args.policy, &progress)?
        }
    };
    match args.outputs.format {
        Format::Human => {
            output::write_files(&report, &files)?;
            output::print(&human::decision(&report, output::terminal_columns()));
        }
        _ => output::write(&report, &args.outputs, &files, true)?,
    }
    Ok(if report.decision.passed { 0 } else { exit::GATE })
}

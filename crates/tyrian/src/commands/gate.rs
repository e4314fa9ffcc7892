//! `tyrian gate`.

use crate::cli::{Format, GateArgs};
use crate::config::BaselineOf;
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, assess, earlier, exit, output, scan};
use std::path::Path;
use tyrian_judge::matrix::{self, Matrix};
use tyrian_report::human;
use tyrian_rules::mission::MISSION;

pub(crate) fn run(args: &GateArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let earlier = match &args.targets.targets[..] {
        [one] => Target::parse(one).ok(),
        _ => None,
    };
    for control in &args.proven {
        if !MISSION.controls.iter().any(|known| known.id == *control) {
            let what = format!("{control}: no control has that name (tyrian explain --list names them)");
            return Err(Failure::new(exit::USAGE, what));
        }
    }
    let before = args.no_worse_than.as_deref().map(earlier_matrix).transpose()?;
    let mut report = match earlier {
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
    let mut more = matrix::unproven(&report.matrix, &args.proven);
    more.extend(before.iter().flat_map(|before| matrix::worse(before, &report.matrix)));
    report.decision.passed &= more.is_empty();
    report.decision.reasons.extend(more);
    match args.outputs.format {
        Format::Human => {
            output::write_files(&report, &files)?;
            output::print(&human::decision(&report, output::terminal_columns()));
        }
        _ => output::write(&report, &args.outputs, &files, true)?,
    }
    Ok(if report.decision.passed { 0 } else { exit::GATE })
}

/// The matrix that `tyrian matrix -f json` wrote.
pub(super) fn earlier_matrix(file: &Path) -> Result<Matrix, Failure> {
    const MOST: u64 = 64 << 20;
    let failed = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
    let bytes = scan::bytes(file, MOST).map_err(failed)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| failed(format!("no matrix of tyrian matrix -f json: {error}")))
}

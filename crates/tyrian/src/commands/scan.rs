//! `tyrian scan`.

use crate::cli::ScanArgs;
use crate::progress::Progress;
use crate::{Failure, assess, exit, output, patch};

pub(crate) fn run(args: &ScanArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let mut assessed = assess::assess(&args.targets, &args.policy, &progress)?;
    if output::shows_patches(&args.outputs, &files) {
        progress.now("making patches");
        let (snapshot, evidence) = (&assessed.snapshot, &assessed.evidence);
        patch::fill(&mut assessed.report.findings, snapshot, evidence, &args.targets);
    }
    let report = assessed.report;
    drop(progress);
    output::write(&report, &args.outputs, &files, args.all)?;
    let worst = report.summary.open.keys().next_back().copied();
    let incomplete =
        report.summary.unknown > 0 || report.sources.iter().any(|source| !source.gaps.is_empty());
    Ok(match args.fail_on {
        Some(limit) if worst.is_some_and(|worst| worst >= limit.into()) => exit::GATE,
        _ if args.targets.strict && incomplete => exit::INCOMPLETE,
        _ => 0,
    })
}

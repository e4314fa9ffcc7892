//! `tyrian scan`.

use crate::cli::ScanArgs;
use crate::progress::Progress;
use crate::{Failure, assess, exit, output};

pub(crate) fn run(args: &ScanArgs) -> Result<u8, Failure> {
    if let Some(benchmark) = &args.benchmark {
        return benchmark.run(args);
    }
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let report = assess::report(&args.targets, &args.policy, &progress)?;
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

//! `tyrian scan`.

use crate::cli::{Format, ScanArgs};
use crate::progress::Progress;
use crate::{Failure, assess, exit, output};
use tyrian_report::benchmark as view;

pub(crate) fn run(args: &ScanArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let report = match &args.benchmark {
        None => {
            let report = assess::report(&args.targets, &args.policy, &progress)?;
            drop(progress);
            output::write(&report, &args.outputs, &files, args.all)?;
            report
        }
        Some(name) => {
            let judged = assess::judged(&args.targets, &args.policy, &progress)?;
            drop(progress);
            benchmark(name, &judged, args, &files)?;
            judged.report
        }
    };
    let worst = report.summary.open.keys().next_back().copied();
    let incomplete =
        report.summary.unknown > 0 || report.sources.iter().any(|source| !source.gaps.is_empty());
    Ok(match args.fail_on {
        Some(limit) if worst.is_some_and(|worst| worst >= limit.into()) => exit::GATE,
        _ if args.targets.strict && incomplete => exit::INCOMPLETE,
        _ => 0,
    })
}

/// Writes a benchmark's view in the formats that have one.
fn benchmark(
    name: &str,
    judged: &assess::Judged,
    args: &ScanArgs,
    files: &[output::Output],
) -> Result<(), Failure> {
    let benchmark = tyrian_rules::benchmark::named(name)
        .ok_or_else(|| Failure::new(exit::USAGE, format!("{name}: no benchmark is called that")))?;
    let view = view::view(&benchmark, &judged.snapshot, &judged.evidence, &judged.report.findings);
    let render = |format, columns, all| match format {
        Format::Human => Ok(view::human(&view, columns, all)),
        Format::Json => view::json(&view).map_err(|error| Failure::new(exit::INTERNAL, error.to_string())),
        _ => Err(Failure::new(exit::USAGE, "a benchmark is written as human or json")),
    };
    output::write_each(files, |format| render(format, 100, true))?;
    output::print(&render(args.outputs.format, output::terminal_columns(), args.all)?);
    Ok(())
}

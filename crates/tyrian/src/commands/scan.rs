//! `tyrian scan`.

use crate::cli::{Format, ScanArgs};
use crate::commands::watch;
use crate::progress::Progress;
use crate::{Failure, assess, config, exit, output, patch};
use tyrian_report::Report;
use tyrian_report::text::clean;

pub(crate) fn run(args: &ScanArgs) -> Result<u8, Failure> {
    if let Some(benchmark) = &args.benchmark {
        return benchmark.run(args);
    }
    let files = output::files(&args.outputs)?;
    if args.watch {
        return watch::run(args, &files);
    }
    let progress = Progress::new(args.targets.quiet);
    let mut assessed = assess::assess(&args.targets, &args.policy, &progress)?;
    if output::shows_patches(&args.outputs, &files) {
        progress.now("making patches");
        let (snapshot, evidence) = (&assessed.snapshot, &assessed.evidence);
        patch::fill(&mut assessed.report.findings, snapshot, evidence, &args.targets);
    }
    let assess::Judged { report, snapshot, evidence } = assessed;
    // All that is wanted of them is in the report, and they can be larger than it.
    drop((snapshot, evidence));
    drop(progress);
    output::write(&report, &args.outputs, &files, args.all)?;
    if args.outputs.format == Format::Human && !args.targets.quiet {
        next(args, &report);
    }
    let worst = report.summary.open.keys().next_back().copied();
    let incomplete = assess::is_incomplete(report.summary.unknown > 0, &report.sources);
    Ok(match args.fail_on {
        Some(limit) if worst.is_some_and(|worst| worst >= limit.into()) => exit::GATE,
        _ if args.targets.strict && incomplete => exit::INCOMPLETE,
        _ => 0,
    })
}

/// Says how to begin with a gate, to somebody who has none: a tree with findings, and no policy anywhere.
fn next(args: &ScanArgs, report: &Report) {
    let policy = &args.policy;
    let own = policy.config.is_some() || policy.policy.is_some() || policy.baseline.is_some();
    let tree = report.sources.iter().any(|source| source.kind == "tree");
    if own
        || !tree
        || report.open().next().is_none()
        || config::upwards(&assess::start(&args.targets)).is_some()
    {
        return;
    }
    let targets: Vec<String> = args.targets.targets.iter().map(|target| quoted(target)).collect();
    let targets = if targets.is_empty() { ".".to_owned() } else { targets.join(" ") };
    anstream::eprintln!(
        "\nTo start here with a gate that looks at what is new:\n  tyrian baseline {targets} --owner TEAM --approver NAME\n  \
         tyrian gate {targets} --baseline tyrian-baseline.json"
    );
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let word = clean(word);
    let plain = |c: char| c.is_alphanumeric() || "-_./:@#".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

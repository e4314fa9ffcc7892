//! `tyrian scan --watch`: looks again whenever files change, and prints what is new and what is mended.
//!
//! Names, sizes and times are compared again and again, which works on every file system, needs no watch of the kernel's
//! that could run out, and sees a file that an editor renames into its place.

use crate::cli::{Format, ScanArgs};
use crate::output::{self, Output};
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, assess, config, exit};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tyrian_judge::finding::Finding;
use tyrian_report::Report;
use tyrian_report::human::{self, name, style, written};
use tyrian_report::text::clean;

/// The shortest time between two looks.
const SHORTEST: Duration = Duration::from_millis(250);
/// A look takes at most this part of the time.
const SHARE: u32 = 20;

pub(crate) fn run(args: &ScanArgs, files: &[Output]) -> Result<u8, Failure> {
    let json = match args.outputs.format {
        Format::Human => false,
        Format::Json => true,
        _ => {
            return Err(Failure::new(
                exit::USAGE,
                "--watch prints human or json; other formats go to files with -o",
            ));
        }
    };
    let mut args = ScanArgs {
        targets: args.targets.clone(),
        outputs: args.outputs.clone(),
        policy: args.policy.clone(),
        ..*args
    };
    if args.targets.targets.is_empty() {
        args.targets.targets.push(".".into());
    }
    let watched = watched(&args)?;
    let mut known: Option<BTreeMap<String, Finding>> = None;
    let mut seen = None;
    let mut gone = false;
    loop {
        let began = Instant::now();
        let stamp = stamp(&watched);
        let took = began.elapsed();
        let pause = SHORTEST.max(took * SHARE);
        if stamp.is_none() && known.is_none() {
            // What never was there is a slip of the pen.
            return Err(Failure::new(
                exit::USAGE,
                format!("{}: no such file or directory", args.targets.targets.join(", ")),
            ));
        }
        if stamp.is_none() && !gone {
            anstream::eprintln!(
                "tyrian: {} is gone; waiting for it",
                clean(&args.targets.targets.join(", "))
            );
        }
        gone = stamp.is_none();
        if stamp.is_some() && stamp != seen {
            // A build or a checkout writes many files: look when it has come to rest.
            let mut settled = stamp;
            while known.is_some() {
                std::thread::sleep(pause);
                let later = self::stamp(&watched);
                if later == settled {
                    break;
                }
                settled = later;
            }
            if settled.is_some() {
                seen = settled;
                if !look(&args, files, json, &mut known)? {
                    return Ok(0);
                }
            }
        }
        std::thread::sleep(pause);
    }
}

/// The files and folders whose changes count: the targets, and the policies.
fn watched(args: &ScanArgs) -> Result<Vec<PathBuf>, Failure> {
    let mut watched = Vec::new();
    for text in &args.targets.targets {
        match Target::parse(text).map_err(|what| Failure::new(exit::USAGE, what))? {
            Target::Path(path) | Target::Service(path, _) | Target::Workload(path, _, _) => {
                watched.push(path)
            }
            _ => {
                return Err(Failure::new(exit::USAGE, format!("{text}: --watch looks at files and folders")));
            }
        }
    }
    Ok(watched)
}

/// One number of all that is watched; nothing while a target is not there.
fn stamp(watched: &[PathBuf]) -> Option<Vec<u64>> {
    let mut stamps = Vec::new();
    for path in watched {
        stamps.push(tyrian_collect::tree::stamp(path).ok()?);
        // The configuration may stand above the target.
        let config = config::upwards(path).and_then(|file| tyrian_collect::tree::stamp(&file).ok());
        stamps.push(config.unwrap_or(0));
    }
    Some(stamps)
}

/// Looks once, and prints what differs from the last time. False: nobody reads what is printed.
fn look(
    args: &ScanArgs,
    files: &[Output],
    json: bool,
    known: &mut Option<BTreeMap<String, Finding>>,
) -> Result<bool, Failure> {
    let progress = Progress::new(args.targets.quiet);
    let assessed = assess::report(&args.targets, &args.policy, &progress);
    drop(progress);
    let report = match assessed {
        Ok(report) => Some(report),
        // The last file is gone, and its findings with it.
        Err(failure) if failure.code == exit::NOTHING => {
            anstream::eprintln!("tyrian: {}", clean(&failure.message).replace("\\u{a}", "\n"));
            None
        }
        // A mistake that is made while one watches is mended while one watches.
        Err(failure) => {
            anstream::eprintln!("tyrian: {}", clean(&failure.message).replace("\\u{a}", "\n"));
            known.get_or_insert_default();
            return Ok(true);
        }
    };
    let now: BTreeMap<String, Finding> =
        report.iter().flat_map(Report::open).map(|f| (f.fingerprint.clone(), f.clone())).collect();
    let first = known.is_none();
    let before = known.replace(now).unwrap_or_default();
    let now = known.as_ref().unwrap_or(&before);
    let mut new: Vec<&Finding> = now.values().filter(|f| !before.contains_key(&f.fingerprint)).collect();
    let mended: Vec<&Finding> = before.values().filter(|f| !now.contains_key(&f.fingerprint)).collect();
    new.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), &finding.check, &finding.place));
    if !first && new.is_empty() && mended.is_empty() {
        return Ok(true);
    }
    // Only now: a report that is written into the folder is a change of it, which changes no finding.
    if let Some(report) = &report {
        output::write_files(report, files)?;
    }
    let text = match (json, first, &report) {
        (true, ..) => line(report.as_ref(), &new, &mended, now.len())?,
        (false, true, Some(report)) => {
            human::render(report, &human::Look { columns: output::terminal_columns(), all: args.all })
        }
        _ => changes(&new, &mended, now.len()),
    };
    Ok(output::print_or_end(&text))
}

fn line(
    report: Option<&Report>,
    new: &[&Finding],
    mended: &[&Finding],
    open: usize,
) -> Result<String, Failure> {
    let value: Value = json!({
        "at": jiff::Timestamp::now().as_second(),
        "new": new,
        "mended": mended,
        "open": open,
        "unknowns": report.map(|report| &report.unknowns),
        "passed": report.map(|report| report.decision.passed),
    });
    let text =
        serde_json::to_string(&value).map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))?;
    Ok(tyrian_report::json::plain(text) + "\n")
}

fn changes(new: &[&Finding], mended: &[&Finding], open: usize) -> String {
    let mut out = String::new();
    for (sign, finding) in
        new.iter().map(|finding| ("new", finding)).chain(mended.iter().map(|f| ("mended", f)))
    {
        let style = style(finding.severity);
        let at =
            finding.place.as_ref().map(|place| format!("  {}", clean(&written(place)))).unwrap_or_default();
        out.push_str(&format!(
            "{sign:<6} {style}{}{} {}: {} {}{at}\n",
            name(finding.severity),
            style.render_reset(),
            clean(&finding.check),
            clean(&finding.name),
            clean(&finding.what),
        ));
    }
    let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
    out.push_str(&format!("{time} {} new, {} mended, {open} open\n\n", new.len(), mended.len()));
    out
}

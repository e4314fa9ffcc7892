//! `tyrian baseline`.

use crate::cli::{BaselineArgs, PolicyArgs};
use crate::config::BaselineOf;
use crate::progress::Progress;
use crate::{Failure, assess, config, exit};
use jiff::ToSpan;
use tyrian_judge::policy::{Allow, Baseline};
use tyrian_model::evidence::Severity;
use tyrian_report::text::clean;

/// How long a baseline holds if nobody says, in days.
const HOLDS: i64 = 90;

pub(crate) fn run(args: &BaselineArgs) -> Result<u8, Failure> {
    let usage = |what: String| Failure::new(exit::USAGE, what);
    for (name, text) in [("--owner", &args.owner), ("--approver", &args.approver), ("--reason", &args.reason)]
    {
        if text.trim().is_empty() {
            return Err(usage(format!("{name} is empty: a baseline says who and why")));
        }
    }
    let today = jiff::Zoned::now().date();
    let expires = match args.expires {
        Some(day) if day < today => {
            return Err(usage(format!("{day} is over: the baseline would accept nothing")));
        }
        Some(day) => day,
        None => today.checked_add(HOLDS.days()).map_err(|error| usage(error.to_string()))?,
    };
    let progress = Progress::new(args.targets.quiet);
    let none = PolicyArgs { config: None, policy: None, baseline: None, vex: Vec::new() };
    // What an older baseline accepts belongs into this one.
    let report = assess::judged(&args.targets, &none, BaselineOf::Nobody, &progress)?.report;
    drop(progress);
    let open = || report.open().filter(|finding| finding.world != "policy");
    let baseline = Baseline {
        format: 1,
        owner: args.owner.clone(),
        approver: args.approver.clone(),
        reason: args.reason.clone(),
        expires,
        fingerprints: open().map(|finding| finding.fingerprint.clone()).collect(),
    };
    config::save_baseline(&args.output, &baseline)?;
    let file = clean(&args.output.display().to_string());
    anstream::eprintln!(
        "{} findings written to {file}; it holds until {expires}",
        baseline.fingerprints.len()
    );
    let most = Allow::default().accept.unwrap_or(Severity::Info);
    let worse = open().filter(|finding| finding.severity > most).count();
    if worse > 0 {
        anstream::eprintln!(
            "{worse} of them are worse than medium: to accept those too, the organisation says so in the file that \
             --policy names:\n  [allow]\n  accept = \"critical\""
        );
    }
    anstream::eprintln!(
        "From now on: tyrian gate {} --baseline {file}",
        clean(&args.targets.targets.join(" "))
    );
    Ok(0)
}

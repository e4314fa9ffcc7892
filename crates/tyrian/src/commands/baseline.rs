//! `tyrian baseline`.

use crate::cli::{BaselineArgs, PolicyArgs};
use crate::progress::Progress;
use crate::{Failure, assess, config};
use tyrian_judge::policy::Baseline;

pub(crate) fn run(args: &BaselineArgs) -> Result<u8, Failure> {
    let progress = Progress::new(args.targets.quiet);
    let none = PolicyArgs { config: None, policy: None, baseline: None };
    let report = assess::report(&args.targets, &none, &progress)?;
    drop(progress);
    let open = report.findings.iter().filter(|finding| finding.waived.is_none());
    let baseline = Baseline {
        format: 1,
        owner: args.owner.clone(),
        approver: args.approver.clone(),
        reason: args.reason.clone(),
        expires: args.expires,
        fingerprints: open.map(|finding| finding.fingerprint.clone()).collect(),
    };
    config::save_baseline(&args.output, &baseline)?;
    anstream::eprintln!("{} findings written to {}", baseline.fingerprints.len(), args.output.display());
    Ok(0)
}

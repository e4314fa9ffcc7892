//! Benchmarks: the same facts, answered in the order of somebody else's list.

use crate::cli::{Format, ScanArgs};
use crate::progress::Progress;
use crate::{Failure, assess, exit, output, scan};
use tyrian_judge::policy::matches;
use tyrian_model::snapshot::Snapshot;
use tyrian_report::{benchmark as list, human::Look, pod_security};
use tyrian_rules::benchmark;
use tyrian_rules::pod_security::Version;
use tyrian_rules::pod_security::survey::survey;

/// What `--benchmark` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Benchmark {
    /// A list of ids, by its name.
    List(&'static str),
    /// The Pod Security Standards in a version.
    PodSecurity(Version),
}

impl Benchmark {
    /// `cis-docker`, `pod-security`, `pod-security@v1.30`.
    ///
    /// # Errors
    /// There is none of that name or version.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = benchmark::NAMES.into_iter().find(|name| *name == text) {
            return Ok(Benchmark::List(name));
        }
        let (name, version) = text.split_once('@').unwrap_or((text, "latest"));
        match (name, Version::parse(version)) {
            ("pod-security", Some(version)) => Ok(Benchmark::PodSecurity(version)),
            ("pod-security", None) => {
                Err(format!("{version} is no version of the standards: latest and v1.30 are"))
            }
            _ => Err(format!("the benchmarks are: {}, pod-security", benchmark::NAMES.join(", "))),
        }
    }
    /// Reads the targets and writes the answers everywhere.
    pub(crate) fn run(self, args: &ScanArgs) -> Result<u8, Failure> {
        match self {
            Benchmark::List(name) => answer_list(name, args),
            Benchmark::PodSecurity(version) => answer_pod_security(version, args),
        }
    }
}

fn answer_list(name: &str, args: &ScanArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let benchmark = benchmark::named(name)
        .ok_or_else(|| Failure::new(exit::USAGE, format!("{name}: no benchmark is called that")))?;
    let judged = assess::assess(&args.targets, &args.policy, &progress)?;
    drop(progress);
    let view = list::view(&benchmark, &judged.snapshot, &judged.evidence, &judged.report.findings);
    let render = |format, all, columns| match format {
        Format::Human => Ok(list::human(&view, columns, all)),
        Format::Json => list::json(&view).map_err(|error| Failure::new(exit::INTERNAL, error.to_string())),
        Format::Markdown => Ok(list::markdown(&view)),
        _ => Err(Failure::new(exit::USAGE, "a benchmark is written as human, json or markdown")),
    };
    write(args, &files, render)?;
    Ok(strictly(args, judged.report.summary.unknown > 0, &judged.snapshot))
}

fn answer_pod_security(version: Version, args: &ScanArgs) -> Result<u8, Failure> {
    let files = output::files(&args.outputs)?;
    let progress = Progress::new(args.targets.quiet);
    let snapshot = scan::snapshot(&args.targets, &progress)?;
    drop(progress);
    let focus = scan::focus(&args.targets);
    let survey = survey(&snapshot.facts, version, |subject| {
        focus.is_empty() || focus.iter().any(|name| matches(&format!("*{name}"), subject))
    });
    let render = |format, all, columns| match format {
        Format::Human => Ok(pod_security::human(&survey, &Look { columns, all })),
        Format::Json => {
            pod_security::json(&survey).map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))
        }
        _ => Err(Failure::new(exit::USAGE, "--benchmark pod-security is written as human or json")),
    };
    write(args, &files, render)?;
    let unknown = survey.controls.iter().any(|tally| tally.unknown > 0) || !survey.missing.is_empty();
    Ok(strictly(args, unknown, &snapshot))
}

/// Writes every file, and what goes to standard output.
fn write(
    args: &ScanArgs,
    files: &[output::Output],
    render: impl Fn(Format, bool, usize) -> Result<String, Failure>,
) -> Result<(), Failure> {
    output::write_each(files, |format| render(format, true, 100))?;
    output::print(&render(args.outputs.format, args.all, output::terminal_columns())?);
    Ok(())
}

fn strictly(args: &ScanArgs, unknown: bool, snapshot: &Snapshot) -> u8 {
    if args.targets.strict && assess::is_incomplete(unknown, &snapshot.sources) {
        exit::INCOMPLETE
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_has_a_name_and_a_version() {
        assert_eq!(Benchmark::parse("cis-docker"), Ok(Benchmark::List("cis-docker")));
        assert_eq!(Benchmark::parse("pod-security"), Ok(Benchmark::PodSecurity(Version::LATEST)));
        assert_eq!(Benchmark::parse("pod-security@v1.9"), Ok(Benchmark::PodSecurity(Version::minor(9))));
        assert!(Benchmark::parse("pod-security@1.9").is_err() && Benchmark::parse("pods").is_err());
    }
}

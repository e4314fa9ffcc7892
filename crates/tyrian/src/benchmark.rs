//! Benchmarks: the same facts, answered in the order of somebody else's list.

use crate::cli::{Format, ScanArgs};
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use tyrian_judge::policy::matches;
use tyrian_report::{human::Look, pod_security};
use tyrian_rules::pod_security::Version;
use tyrian_rules::pod_security::survey::survey;

/// What `--benchmark` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Benchmark {
    /// The Pod Security Standards in a version.
    PodSecurity(Version),
}

impl Benchmark {
    /// `pod-security`, `pod-security@v1.30`.
    ///
    /// # Errors
    /// There is none of that name or version.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, version) = text.split_once('@').unwrap_or((text, "latest"));
        match name {
            "pod-security" => match Version::parse(version) {
                Some(version) => Ok(Benchmark::PodSecurity(version)),
                None => Err(format!("{version} is no version of the standards: latest and v1.30 are")),
            },
            _ => Err("the benchmarks are: pod-security".to_owned()),
        }
    }
    /// Reads the targets and writes the answers everywhere.
    pub(crate) fn run(self, args: &ScanArgs) -> Result<u8, Failure> {
        let files = output::files(&args.outputs)?;
        let progress = Progress::new(args.targets.quiet);
        let snapshot = scan::snapshot(&args.targets, &progress)?;
        drop(progress);
        let Benchmark::PodSecurity(version) = self;
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
        output::write_each(&files, |format| render(format, true, 100))?;
        output::print(&render(args.outputs.format, args.all, output::terminal_columns())?);
        let incomplete = survey.controls.iter().any(|tally| tally.unknown > 0)
            || survey.namespaces.iter().any(|space| !space.missing.is_empty())
            || snapshot.sources.iter().any(|source| !source.gaps.is_empty());
        Ok(if args.targets.strict && incomplete { exit::INCOMPLETE } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_has_a_name_and_a_version() {
        assert_eq!(Benchmark::parse("pod-security"), Ok(Benchmark::PodSecurity(Version::LATEST)));
        assert_eq!(Benchmark::parse("pod-security@v1.9"), Ok(Benchmark::PodSecurity(Version::minor(9))));
        assert!(Benchmark::parse("pod-security@1.9").is_err() && Benchmark::parse("pods").is_err());
    }
}

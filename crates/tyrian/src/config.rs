//! `tyrian.toml`, the organisation's policy, and the baseline: text to what the gate goes by. Errors are underlined
//! at their place.

use crate::output::save;
use crate::scan::bytes;
use crate::vex::{self, Word};
use crate::vulnerable::is_of_advisory;
use crate::{Failure, exit};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use tyrian_advisory::safe_list::{Entry, SafeList, Verdict, Versions};
use tyrian_judge::policy::{ADVISORY_DAYS, Allow, Baseline, Duty, Gate, Owner, Policy, Waiver};
use tyrian_model::evidence::{Layer, Severity};
use tyrian_rules::{checks, mission::MISSION};

/// The largest policy that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// The largest baseline that is read, in bytes.
const MOST_BASELINE: u64 = 256 << 20;

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Written {
    /// When the gate fails.
    gate: WrittenGate,
    /// Accepted findings.
    waiver: Vec<WrittenWaiver>,
    /// Whose things are; the first that matches counts.
    owner: Vec<WrittenOwner>,
    /// Who operates a control and who is accountable for it, by the control's name.
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, WrittenDuty>"))]
    control: BTreeMap<Spanned<String>, WrittenDuty>,
    /// What repositories may relax. Heeded in a file given by --policy only.
    allow: Option<WrittenAllow>,
    /// The baseline, relative to this file.
    baseline: Option<PathBuf>,
    /// VEX documents, relative to this file: what somebody says of vulnerabilities. Those of the organisation's policy
    /// count without bounds.
    vex: Vec<PathBuf>,
    /// The safe list: which packages are agreed on. The first line that is about a package counts.
    package: Vec<WrittenPackage>,
    /// How the safe list is kept.
    packages: WrittenPackages,
}

/// A line of the safe list.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct WrittenPackage {
    /// Which packages, a package URL without its version; a `*` at its end stands for whatever follows:
    /// `pkg:npm/lodash`, `pkg:pypi/*`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    purl: Spanned<String>,
    /// Which versions, by their ecosystem's own order: `>=1.2, <2`. Nothing: all.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    versions: Option<Spanned<String>>,
    /// Which licences, as SPDX ids: packages that cannot be had under another. Empty: all.
    #[serde(default)]
    licences: Vec<String>,
    /// What is agreed on them.
    verdict: WrittenVerdict,
    /// The last day on which that holds, "2027-01-31".
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    until: Option<Spanned<String>>,
    /// The day on which somebody last looked at the line, "2026-05-01".
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    reviewed: Option<Spanned<String>>,
    /// What to take instead.
    instead: Option<String>,
    /// Why.
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum WrittenVerdict {
    Allowed,
    Forbidden,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
struct WrittenPackages {
    /// What holds for packages that no line is about, in the ecosystems that lines name. Default: allowed.
    others: Option<WrittenVerdict>,
    /// For how many days a review counts. Default: 365.
    review_days: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
struct WrittenGate {
    /// An open finding of that severity or more fails the gate. Default: high.
    fail_on: Option<Severity>,
    /// The same for single layers.
    layers: BTreeMap<Layer, Severity>,
    /// Controls of which an Unknown fails the gate, whatever the severity.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    require: Vec<Spanned<String>>,
    /// Advisory data of more days fails the gate. Without it, data of more than 7 days is a finding of low severity
    /// alone.
    advisory_days: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct WrittenWaiver {
    /// The check.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    check: Spanned<String>,
    /// Subjects, a pattern with `*`.
    subject: Option<String>,
    /// Files, a pattern with `*`.
    path: Option<String>,
    /// An advisory by any of its names, "CVE-2024-1234": of a check of packages alone what that one hits.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    advisory: Option<Spanned<String>>,
    /// Who answers for it.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    owner: Spanned<String>,
    /// Who allowed it.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    approver: Spanned<String>,
    /// Why.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    reason: Spanned<String>,
    /// The last day it holds, "2027-01-31".
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    expires: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct WrittenOwner {
    /// Files, a pattern with `*`.
    path: Option<String>,
    /// A label of a workload, `team=shop`.
    label: Option<String>,
    /// Images, a pattern with `*`.
    image: Option<String>,
    /// Their name.
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
struct WrittenDuty {
    /// Who operates it.
    operates: Option<String>,
    /// Who is accountable.
    accountable: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
struct WrittenAllow {
    /// The worst severity that waivers, ignores and baselines of a repository may accept. Default: medium.
    accept: Option<Severity>,
    /// Who may approve; empty: anybody.
    approvers: Vec<String>,
}

/// What the gate goes by.
pub(crate) struct Config {
    pub(crate) organisation: Policy,
    pub(crate) own: Policy,
    /// The organisation's safe list.
    pub(crate) organisation_list: SafeList,
    /// The repository's own.
    pub(crate) own_list: SafeList,
    pub(crate) baseline: Option<Baseline>,
    /// What VEX documents say.
    pub(crate) vex: Vec<Word>,
    /// What is to be said of them, a line each.
    pub(crate) notes: Vec<String>,
}

impl Config {
    /// How many days old advisory data may be before that is a finding. A repository can only be stricter.
    pub(crate) fn advisory_days(&self) -> u32 {
        let most = self.organisation.gate.advisory_days.unwrap_or(ADVISORY_DAYS);
        self.own.gate.advisory_days.map_or(most, |own| own.min(most))
    }
}

/// Which baseline counts.
#[derive(Clone, Copy)]
pub(crate) enum BaselineOf<'p> {
    /// None, whatever is configured: one is made.
    Nobody,
    /// The one that the command line names.
    Line(&'p Path),
    /// The one that `tyrian.toml` names, if it does.
    Configuration,
}

/// Finds and reads the repository's own file (upwards from `start`), the organisation's policy and the baseline.
///
/// # Errors
/// A file that is wrong, underlined at its place; a policy that does not have its digest.
pub(crate) fn load(
    start: &Path,
    config: Option<&Path>,
    policy: Option<&str>,
    baseline: BaselineOf,
) -> Result<Config, Failure> {
    let (mut notes, mut words) = (Vec::new(), Vec::new());
    let (mut own, mut own_list, mut named_baseline) = (Policy::default(), SafeList::default(), None);
    if let Some(file) = config.map(Path::to_owned).or_else(|| upwards(start)) {
        if config.is_none() && leads_out(&file) {
            // A mistake in it would be printed, line and all.
            let what = format!("{}: a link out of the repository is not followed", file.display());
            return Err(Failure::new(exit::USAGE, what));
        }
        let (written, policy, list) = parse(&file, &text(&file)?)?;
        if written.allow.is_some() {
            notes.push(format!("{}: [allow] counts in a file given by --policy only", file.display()));
        }
        named_baseline = written.baseline.map(|name| file.parent().unwrap_or(Path::new("")).join(name));
        own = Policy { allow: Allow::default(), ..policy };
        own_list = list;
        for named in beside(&file, &written.vex) {
            words.push(vex::read(&named, false)?);
        }
    }
    let (mut organisation, mut organisation_list) = (Policy::default(), SafeList::default());
    if let Some(named) = policy {
        let (file, digest) = match named.rsplit_once("@sha256:") {
            Some((file, digest)) => (Path::new(file), Some(digest)),
            None => (Path::new(named), None),
        };
        let text = text(file)?;
        let found: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        match digest {
            Some(digest) if !digest.eq_ignore_ascii_case(&found) => {
                let what = format!(
                    "{} is not the policy that was pinned: its digest is sha256:{found}",
                    file.display()
                );
                return Err(Failure::new(exit::USAGE, what));
            }
            Some(_) => {}
            None => notes.push(format!(
                "the policy is not pinned; --policy {}@sha256:{found} pins it",
                file.display()
            )),
        }
        let written;
        (written, organisation, organisation_list) = parse(file, &text)?;
        for named in beside(file, &written.vex) {
            words.push(vex::read(&named, true)?);
        }
    }
    let file = match baseline {
        BaselineOf::Nobody => None,
        BaselineOf::Line(file) => Some(file.to_owned()),
        BaselineOf::Configuration => named_baseline,
    };
    let baseline = file.map(|file| load_baseline(&file)).transpose()?;
    Ok(Config { organisation, own, organisation_list, own_list, baseline, vex: words, notes })
}

/// Files that a file names, from where it lies.
fn beside(file: &Path, names: &[PathBuf]) -> Vec<PathBuf> {
    let directory = file.parent().unwrap_or(Path::new(""));
    names.iter().map(|name| directory.join(name)).collect()
}

/// The nearest `tyrian.toml` from there upwards, as far as the repository goes.
pub(crate) fn upwards(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    for directory in start.ancestors().filter(|directory| directory.is_dir()) {
        let file = directory.join("tyrian.toml");
        if file.is_file() {
            return Some(file);
        }
        if directory.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Is the file a link to something that is not below its own directory?
fn leads_out(file: &Path) -> bool {
    match (file.canonicalize(), file.parent().map(Path::canonicalize)) {
        (Ok(target), Some(Ok(directory))) => !target.starts_with(directory),
        _ => true,
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let failure = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
    let bytes = bytes(file, MOST_BYTES).map_err(failure)?;
    String::from_utf8(bytes).map_err(|_| failure("not UTF-8".into()))
}

fn parse(file: &Path, text: &str) -> Result<(Written, Policy, SafeList), Failure> {
    let underlined = |span: Range<usize>, what: &str| {
        let path = file.display().to_string();
        let snippet = Snippet::source(text).path(&path).annotation(AnnotationKind::Primary.span(span));
        let report = [Level::ERROR.primary_title(what).element(snippet)];
        Failure::new(exit::USAGE, Renderer::plain().render(&report))
    };
    let written: Written =
        toml::from_str(text).map_err(|error| underlined(error.span().unwrap_or(0..0), error.message()))?;
    let check = |name: &Spanned<String>| match checks::all().iter().any(|check| check.name == name.get_ref())
    {
        true => Ok(name.get_ref().clone()),
        false => Err(underlined(name.span(), "no check has that name; see tyrian explain --list")),
    };
    let control =
        |name: &Spanned<String>| match MISSION.controls.iter().any(|control| control.id == *name.get_ref()) {
            true => Ok(name.get_ref().clone()),
            false => Err(underlined(name.span(), "no control has that name; see tyrian explain --list")),
        };
    let said = |text: &Spanned<String>| match text.get_ref().trim() {
        "" => Err(underlined(text.span(), "a waiver says who and why; this is empty")),
        said => Ok(said.to_owned()),
    };
    let day = |text: &Spanned<String>| -> Result<Date, Failure> {
        let wrong = |_| underlined(text.span(), "not a day; write it as \"2027-01-31\"");
        text.get_ref().parse().map_err(wrong)
    };
    let review_days = i64::from(written.packages.review_days.unwrap_or(365));
    let entry = |it: &WrittenPackage| -> Result<Entry, Failure> {
        let purl = it.purl.get_ref();
        if !purl.starts_with("pkg:") || purl.trim_end_matches('*').contains('*') {
            return Err(underlined(it.purl.span(), "write it as pkg:npm/lodash, or with one * at its end"));
        }
        let versions = it
            .versions
            .as_ref()
            .map(|text| Versions::parse(text.get_ref()).map_err(|what| underlined(text.span(), &what)));
        let review = it.reviewed.as_ref().map(|text| {
            day(text)?
                .checked_add(jiff::Span::new().days(review_days))
                .map_err(|_| underlined(text.span(), "too far from today"))
        });
        Ok(Entry {
            package: purl.clone(),
            versions: versions.transpose()?,
            licences: it.licences.clone(),
            verdict: match it.verdict {
                WrittenVerdict::Allowed => Verdict::Allowed,
                WrittenVerdict::Forbidden => Verdict::Forbidden,
            },
            until: it.until.as_ref().map(day).transpose()?.map(|day| day.to_string()),
            reviewed_until: review.transpose()?.map(|day: Date| day.to_string()),
            instead: it.instead.clone(),
            reason: it.reason.clone(),
        })
    };
    let waiver = |w: &WrittenWaiver| {
        let expires = day(&w.expires)?;
        let check = check(&w.check)?;
        if let Some(named) = w.advisory.as_ref().filter(|_| !is_of_advisory(&check)) {
            return Err(underlined(named.span(), "findings of that check name no advisory"));
        }
        Ok(Waiver {
            check,
            advisory: w.advisory.as_ref().map(said).transpose()?,
            subject: w.subject.clone(),
            path: w.path.clone(),
            owner: said(&w.owner)?,
            approver: said(&w.approver)?,
            reason: said(&w.reason)?,
            expires,
        })
    };
    let owner = |o: &WrittenOwner| Owner {
        path: o.path.clone(),
        label: o.label.clone(),
        image: o.image.clone(),
        name: o.name.clone(),
    };
    let duty = |(name, d): (&Spanned<String>, &WrittenDuty)| {
        Ok((control(name)?, Duty { operates: d.operates.clone(), accountable: d.accountable.clone() }))
    };
    let policy = Policy {
        gate: Gate {
            fail_on: written.gate.fail_on,
            layers: written.gate.layers.clone(),
            require: written.gate.require.iter().map(control).collect::<Result<_, Failure>>()?,
            advisory_days: written.gate.advisory_days,
        },
        waivers: written.waiver.iter().map(waiver).collect::<Result<_, Failure>>()?,
        owners: written.owner.iter().map(owner).collect(),
        duties: written.control.iter().map(duty).collect::<Result<_, Failure>>()?,
        allow: match &written.allow {
            None => Allow::default(),
            Some(allow) => {
                Allow { accept: allow.accept.or(Allow::default().accept), approvers: allow.approvers.clone() }
            }
        },
    };
    let list = SafeList {
        entries: written.package.iter().map(entry).collect::<Result<_, Failure>>()?,
        others: !matches!(written.packages.others, Some(WrittenVerdict::Forbidden)),
    };
    Ok((written, policy, list))
}

/// Reads a baseline.
fn load_baseline(file: &Path) -> Result<Baseline, Failure> {
    let failure = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
    let bytes = bytes(file, MOST_BASELINE).map_err(failure)?;
    let baseline: Baseline =
        serde_json::from_slice(&bytes).map_err(|error| failure(format!("no baseline: {error}")))?;
    if baseline.format != 1 {
        return Err(failure(format!(
            "a baseline of format {}; this program reads format 1",
            baseline.format
        )));
    }
    if baseline.approver.trim().is_empty() || baseline.owner.trim().is_empty() {
        return Err(failure("a baseline names an owner and an approver".into()));
    }
    Ok(baseline)
}

/// Writes a baseline.
pub(crate) fn save_baseline(file: &Path, baseline: &Baseline) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(baseline).map_err(|e| Failure::new(exit::INTERNAL, e.to_string()))?;
    save(file, (text + "\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(Path::new("tyrian.toml"), text).err().map(|failure| failure.message).unwrap_or_default()
    }

    #[test]
    fn a_whole_file_is_understood() {
        let text = r#"
[gate]
fail_on = "medium"
layers = { logging = "high" }
require = ["seccomp"]

[[waiver]]
check = "privileged-container"
subject = "engine-*/container:builder"
owner = "platform"
approver = "ann@example.org"
reason = "builds images until the rootless builder is there"
expires = "2027-01-31"

[[waiver]]
check = "vulnerable-package"
advisory = "CVE-2024-0001"
owner = "platform"
approver = "ann@example.org"
reason = "the function is not used"
expires = "2027-01-31"

[[owner]]
path = "api/*"
name = "api-team"

[control.seccomp]
operates = "platform"
accountable = "security"

[packages]
others = "forbidden"
review_days = 30

[[package]]
purl = "pkg:npm/lodash"
versions = ">=4.17.21"
verdict = "allowed"
reviewed = "2026-05-01"
"#;
        let (_, policy, list) = parse(Path::new("tyrian.toml"), text).ok().unwrap();
        assert_eq!(policy.gate.fail_on, Some(Severity::Medium));
        assert_eq!(policy.waivers[0].expires, Date::constant(2027, 1, 31));
        assert_eq!(policy.waivers[1].advisory.as_deref(), Some("CVE-2024-0001"));
        assert_eq!(policy.duties["seccomp"].accountable.as_deref(), Some("security"));
        assert_eq!((list.others, list.entries.len()), (false, 1));
        assert_eq!(list.entries[0].reviewed_until.as_deref(), Some("2026-05-31"));
    }

    #[test]
    fn errors_are_underlined_at_their_place() {
        let waiver = "[[waiver]]\ncheck = \"privileged-container\"\nowner = \"a\"\napprover = \"b\"\n";
        for (text, what, place) in [
            ("[gate]\nfail_on = \"terrible\"\n".to_owned(), "unknown variant", "tyrian.toml:2:11"),
            ("[gate]\nfail = 1\n".to_owned(), "unknown field", "tyrian.toml:2:1"),
            ("[gate]\nrequire = [\"secomp\"]\n".to_owned(), "no control has that name", "tyrian.toml:2:12"),
            ("[[waiver]]\ncheck = \"x\"\n".to_owned(), "missing field", "tyrian.toml:1:1"),
            (
                format!("{waiver}reason = \" \"\nexpires = \"2027-01-31\"\n"),
                "this is empty",
                "tyrian.toml:5:10",
            ),
            (format!("{waiver}reason = \"r\"\nexpires = \"soon\"\n"), "not a day", "tyrian.toml:6:11"),
            (
                "[[package]]\npurl = \"lodash\"\nverdict = \"allowed\"\n".to_owned(),
                "pkg:npm",
                "tyrian.toml:2:8",
            ),
            (
                "[[package]]\npurl = \"pkg:npm/a\"\nversions = \"1.2\"\nverdict = \"allowed\"\n".to_owned(),
                "is not like",
                "tyrian.toml:3:12",
            ),
            ("[gate\n".to_owned(), "", "tyrian.toml:1"),
            (
                format!("{waiver}advisory = \"CVE-1\"\nreason = \"r\"\nexpires = \"2027-01-31\"\n"),
                "name no advisory",
                "tyrian.toml:5:12",
            ),
        ] {
            let error = error(&text);
            assert!(error.contains(what) && error.contains(place) && error.contains('^'), "{text}\n{error}");
        }
    }
}

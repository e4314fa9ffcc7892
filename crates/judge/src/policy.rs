//! What is accepted, by whom and until when; and the gate.
//!
//! Two policies meet here. The *organisation's* decides; a *repository's own* file, its inline ignores and its
//! baseline may make the gate stricter, and may relax only what the organisation allows (by default nothing at
//! high or above). What was tried beyond that is refused, and the report says so. The gate fails closed.

use crate::finding::{Finding, Unknown, Waived};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::evidence::{Basis, Confidence, Layer, Severity};
use tyrian_model::fact::Why;
use tyrian_model::facts::Ignore;
use tyrian_model::snapshot::SourceStatus;

/// A policy, the organisation's or a repository's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// When the gate fails.
    pub gate: Gate,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// Whose things are; the first that matches counts.
    pub owners: Vec<Owner>,
    /// Who operates a control and who is accountable for it.
    pub duties: BTreeMap<String, Duty>,
    /// What repositories may relax; heeded in the organisation's policy only.
    pub allow: Allow,
}

/// When the gate fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// An open finding of that severity or more fails it; nothing: high.
    pub fail_on: Option<Severity>,
    /// The same for single layers.
    pub layers: BTreeMap<Layer, Severity>,
    /// Controls of which an Unknown fails it, whatever the severity.
    pub require: Vec<String>,
    /// Advisory data of more days fails it; nothing: its age alone does not.
    pub advisory_days: Option<u32>,
}

/// What a repository's own file may relax.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// The worst severity that its waivers, ignores and baseline may accept; nothing: none at all.
    pub accept: Option<Severity>,
    /// Who may approve; empty: anybody.
    pub approvers: Vec<String>,
}

impl Default for Allow {
    fn default() -> Self {
        Allow { accept: Some(Severity::Medium), approvers: Vec::new() }
    }
}

/// An accepted finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    /// The check.
    pub check: String,
    /// Subjects, a pattern with `*`; nothing: all.
    pub subject: Option<String>,
    /// Files, a pattern with `*`; nothing: all.
    pub path: Option<String>,
    /// An advisory, by any of its names; nothing: all.
    pub advisory: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Who allowed it.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// The last day it holds.
    pub expires: Date,
}

/// Whose things are. What is set must all match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Owner {
    /// Files, a pattern with `*`.
    pub path: Option<String>,
    /// A label, `team=shop`; the value may be a pattern.
    pub label: Option<String>,
    /// Images, a pattern with `*`.
    pub image: Option<String>,
    /// Their name.
    pub name: String,
}

/// Who answers for a control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Duty {
    /// Who operates it.
    pub operates: Option<String>,
    /// Who is accountable.
    pub accountable: Option<String>,
}

/// Findings that were there when somebody began: the gate looks at new ones, until it expires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The version of this format.
    pub format: u32,
    /// Who answers for it.
    pub owner: String,
    /// Who allowed it.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// The last day it holds.
    pub expires: Date,
    /// The fingerprints of the findings.
    pub fingerprints: BTreeSet<String>,
}

/// What is known of a subject beside its id, by which its owner is found.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Images.
    pub images: Vec<String>,
}

/// What the policies do with a report.
pub struct Applied {
    /// What a repository tried to relax and may not.
    pub refused: Vec<String>,
    /// Findings about the waivers themselves: expired, unused.
    pub about: Vec<Finding>,
}

/// Accepts what the policies accept, names owners, and finds waivers that expired or that nothing needs.
pub fn apply(
    findings: &mut [Finding],
    organisation: &Policy,
    own: &Policy,
    baseline: Option<&Baseline>,
    ignores: &[Ignore],
    marks: &BTreeMap<String, Marks>,
    today: Date,
) -> Applied {
    let mut applied = Applied { refused: Vec::new(), about: Vec::new() };
    name_owners(findings, organisation, own, marks);
    for (waivers, whose) in [(&organisation.waivers, None), (&own.waivers, Some(&organisation.allow))] {
        for waiver in waivers {
            let mut used = false;
            for finding in findings.iter_mut().filter(|finding| covers(waiver, finding)) {
                used = true;
                if waiver.expires < today {
                    continue;
                }
                let what = format!("the waiver of {} for {}", waiver.check, finding.subject);
                if permitted(whose, finding, &waiver.approver, &what, &mut applied.refused) {
                    finding.waived = Some(Waived {
                        owner: waiver.owner.clone(),
                        approver: waiver.approver.clone(),
                        reason: waiver.reason.clone(),
                        expires: waiver.expires.to_string(),
                        vex: None,
                    });
                }
            }
            if waiver.expires < today {
                applied.about.push(about_waiver(waiver, EXPIRED, &format!("expired on {}", waiver.expires)));
            } else if !used {
                applied.about.push(about_waiver(waiver, UNUSED, "covers no finding"));
            }
        }
    }
    for ignore in ignores {
        if ignore.reason.is_empty() {
            let what = "says no reason; write tyrian:ignore CHECK -- REASON";
            applied.refused.push(format!("the ignore in {}:{} {what}", ignore.file, ignore.line));
            continue;
        }
        let line = |finding: &Finding| {
            finding.place.as_ref().filter(|place| place.file == ignore.file).and_then(|place| place.line)
        };
        for finding in
            findings.iter_mut().filter(|finding| finding.check == ignore.check && finding.waived.is_none())
        {
            if !line(finding).is_some_and(|line| line == ignore.line || line == ignore.line + 1) {
                continue;
            }
            let what = format!("the ignore in {}:{}", ignore.file, ignore.line);
            if permitted(Some(&organisation.allow), finding, "", &what, &mut applied.refused) {
                finding.waived = Some(Waived {
                    owner: finding.owner.clone().unwrap_or_default(),
                    approver: String::new(),
                    reason: ignore.reason.clone(),
                    expires: String::new(),
                    vex: None,
                });
            }
        }
    }
    if let Some(baseline) = baseline.filter(|baseline| baseline.expires < today) {
        applied.refused.push(format!(
            "the baseline of {}: it expired on {}, and what it accepted is open again; mend it, or have a new one approved",
            baseline.owner, baseline.expires
        ));
    }
    if let Some(baseline) = baseline.filter(|baseline| baseline.expires >= today) {
        for finding in findings
            .iter_mut()
            .filter(|f| f.waived.is_none() && baseline.fingerprints.contains(&f.fingerprint))
        {
            let what = format!("the baseline for {}", finding.subject);
            if permitted(Some(&organisation.allow), finding, &baseline.approver, &what, &mut applied.refused)
            {
                finding.waived = Some(Waived {
                    owner: baseline.owner.clone(),
                    approver: baseline.approver.clone(),
                    reason: baseline.reason.clone(),
                    expires: baseline.expires.to_string(),
                    vex: None,
                });
            }
        }
    }
    applied
}

/// What somebody's VEX statement says of a finding: that it does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// Does the organisation's policy name the document? Else what it says counts as far as a repository's word does.
    pub is_organisations: bool,
    /// Who says so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// `not_affected` or `fixed`.
    pub status: String,
}

/// Accepts what statements excuse, as far as the organisation allows; gives what it does not.
pub fn excuse(findings: &mut [Finding], excuses: &[Excuse], organisation: &Policy) -> Vec<String> {
    let mut refused = Vec::new();
    for excuse in excuses {
        let mut those = findings.iter_mut().filter(|finding| finding.fingerprint == excuse.fingerprint);
        let Some(finding) = those.next().filter(|finding| finding.waived.is_none()) else { continue };
        let allow = (!excuse.is_organisations).then_some(&organisation.allow);
        let what = format!("the VEX statement of {} for {}", excuse.author, finding.subject);
        if permitted(allow, finding, &excuse.author, &what, &mut refused) {
            finding.waived = Some(Waived {
                owner: excuse.author.clone(),
                approver: excuse.author.clone(),
                reason: excuse.reason.clone(),
                expires: String::new(),
                vex: Some(excuse.status.clone()),
            });
        }
    }
    refused
}

fn covers(waiver: &Waiver, finding: &Finding) -> bool {
    let subject = waiver.subject.as_ref().is_none_or(|pattern| matches(pattern, &finding.subject));
    let path = waiver
        .path
        .as_ref()
        .is_none_or(|pattern| finding.place.as_ref().is_some_and(|place| matches(pattern, &place.file)));
    // One that names an advisory accepts nothing that has none.
    let advisory = waiver.advisory.as_ref().is_none_or(|name| {
        finding.advisory.as_ref().is_some_and(|advisory| {
            std::iter::once(&advisory.id).chain(&advisory.aliases).any(|own| own.eq_ignore_ascii_case(name))
        })
    });
    waiver.check == finding.check && subject && path && advisory
}

/// May this be accepted? The organisation's own policy (no `allow`) may accept anything.
fn permitted(
    allow: Option<&Allow>,
    finding: &Finding,
    approver: &str,
    what: &str,
    refused: &mut Vec<String>,
) -> bool {
    let Some(allow) = allow else { return true };
    if allow.accept.is_none_or(|most| finding.severity > most) {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        refused.push(format!(
            "{what}: {} is {severity}, which only the organisation's policy may accept",
            finding.check
        ));
        return false;
    }
    if !allow.approvers.is_empty() && !allow.approvers.iter().any(|name| name == approver) {
        let by = if approver.is_empty() {
            "nobody approved it".into()
        } else {
            format!("{approver} may not approve")
        };
        refused.push(format!("{what}: {by}"));
        return false;
    }
    true
}

fn name_owners(
    findings: &mut [Finding],
    organisation: &Policy,
    own: &Policy,
    marks: &BTreeMap<String, Marks>,
) {
    let none = Marks::default();
    for finding in findings {
        let marks = marks.get(&finding.subject).unwrap_or(&none);
        let owner = organisation.owners.iter().chain(&own.owners).find(|owner| {
            let path = owner.path.as_ref().is_none_or(|pattern| {
                finding.place.as_ref().is_some_and(|place| matches(pattern, &place.file))
            });
            let label = owner.label.as_ref().is_none_or(|label| {
                let (name, value) = label.split_once('=').unwrap_or((label, "*"));
                marks.labels.get(name).is_some_and(|known| matches(value, known))
            });
            let image = owner
                .image
                .as_ref()
                .is_none_or(|pattern| marks.images.iter().any(|image| matches(pattern, image)));
            path && label && image
        });
        finding.owner = owner.map(|owner| owner.name.clone());
    }
}

/// A waiver that expired: its name as a check, what it is, why, what to do.
pub const EXPIRED: [&str; 4] = [
    "expired-waiver",
    "A waiver has expired.",
    "What it accepted is open again, and nobody has looked at it since.",
    "Mend what it accepted, or have it approved anew with a new date.",
];
/// Advisory data that is too old.
pub const OLD_DATA: [&str; 4] = [
    "old-advisory-data",
    "The advisory data is old.",
    "What became known since then is not in it: a package with a public fault passes.",
    "Bring it up to date with `tyrian db update`, on a machine without a network with `tyrian db import` of a fresh bundle.",
];
/// Advisory data of more days than that is a finding, where no policy says another number.
pub const ADVISORY_DAYS: u32 = 7;
/// A waiver that nothing needs.
pub const UNUSED: [&str; 4] = [
    "unused-waiver",
    "A waiver covers no finding.",
    "A door that nobody needs stands open for the next fault of that name.",
    "Delete it.",
];

fn about_waiver(waiver: &Waiver, kind: [&str; 4], what: &str) -> Finding {
    let [check, ..] = kind;
    let subject = waiver.subject.as_deref().or(waiver.path.as_deref()).unwrap_or("*");
    let expires = waiver.expires.to_string();
    let mut parts = vec![check, &waiver.check, subject, &expires];
    parts.extend(waiver.advisory.as_deref());
    let fingerprint = crate::finding::fingerprint(&parts);
    let named = waiver.advisory.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let mut about = about(kind, what.to_owned(), fingerprint);
    about.controls = ["waivers".into()].into();
    about.world = "policy".into();
    let id = tyrian_model::subject::id("", &format!("{}@{subject}", waiver.check), None);
    about.subject = format!("policy/waiver:{}", id.trim_start_matches('/'));
    about.name = format!("waiver of {}{named} for {subject}", waiver.check);
    about.owner = Some(waiver.owner.clone());
    about
}

/// A finding about the advisory data: it is older than it should be.
///
/// `sources` says which data, in one sentence; `days` is how old it is.
pub fn old_data(days: i64, sources: &str) -> Finding {
    let what = format!("is {days} days old: {sources}");
    let fingerprint = crate::finding::fingerprint(&[OLD_DATA[0]]);
    let mut about = about(OLD_DATA, what, fingerprint);
    about.layer = Layer::Image;
    about.controls = ["fail-vulnerable-images".into()].into();
    about.threats = ["image-vulnerability".into()].into();
    about.world = "advisories".into();
    about.subject = "advisories/database".into();
    about.name = "advisory database".into();
    about
}

/// A finding of no check, without a subject.
fn about(kind: [&str; 4], what: String, fingerprint: String) -> Finding {
    let [check, _, why, fix] = kind;
    Finding {
        id: fingerprint[..12].to_owned(),
        group: fingerprint[..12].to_owned(),
        fingerprint,
        check: check.to_owned(),
        layer: Layer::Build,
        severity: Severity::Low,
        confidence: Confidence::High,
        world: String::new(),
        subject: String::new(),
        name: String::new(),
        basis: Basis::Declared,
        place: None,
        what,
        why: why.into(),
        fix: fix.into(),
        controls: [].into(),
        threats: [].into(),
        ids: [].into(),
        owner: None,
        waived: None,
        patch: None,
        package: None,
        advisory: None,
    }
}

/// The decision of the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// Does it pass?
    pub passed: bool,
    /// Why not, worst first.
    pub reasons: Vec<String>,
    /// What a repository tried to relax and may not.
    pub refused: Vec<String>,
}

/// Decides. An Unknown fails the gate where a finding in its place would, and so does a source that could not be
/// read.
///
/// `severity_of` and `controls_of` tell of a check by its name.
pub fn decide(
    findings: &[Finding],
    unknowns: &[Unknown],
    sources: &[SourceStatus],
    organisation: &Policy,
    own: &Policy,
    mut refused: Vec<String>,
    check: impl Fn(&str) -> Option<(Layer, Severity, Vec<String>)>,
) -> Decision {
    let threshold = |layer: Layer| {
        let of = |policy: &Policy| policy.gate.layers.get(&layer).copied().or(policy.gate.fail_on);
        let set = of(organisation).unwrap_or(Severity::High);
        // A repository can only be stricter.
        of(own).map_or(set, |own| own.min(set))
    };
    for layer in [
        Layer::Build,
        Layer::Host,
        Layer::Cloud,
        Layer::Image,
        Layer::Runtime,
        Layer::Cluster,
        Layer::Network,
        Layer::Logging,
    ] {
        let wanted = own.gate.layers.get(&layer).copied().or(own.gate.fail_on);
        if wanted.is_some_and(|wanted| wanted > threshold(layer)) {
            refused.push(format!("a higher threshold for the layer {layer:?}").to_lowercase());
        }
    }
    refused.sort();
    refused.dedup();
    let mut reasons = Vec::new();
    let mut by_check: BTreeMap<(std::cmp::Reverse<Severity>, &str), usize> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.waived.is_none() && f.severity >= threshold(f.layer)) {
        *by_check.entry((std::cmp::Reverse(finding.severity), &finding.check)).or_insert(0) += 1;
    }
    for ((severity, name), count) in by_check {
        reasons.push(format!("{}: {name}, {count} open", format!("{:?}", severity.0).to_lowercase()));
    }
    // Where a policy says how old it may be, who decides on old data decides on what nobody has seen.
    if [organisation, own].iter().any(|policy| policy.gate.advisory_days.is_some()) {
        let old = findings.iter().filter(|finding| finding.check == OLD_DATA[0] && finding.waived.is_none());
        reasons.extend(old.map(|finding| format!("the advisory data {}", finding.what)));
    }
    let required: BTreeSet<&str> =
        organisation.gate.require.iter().chain(&own.gate.require).map(String::as_str).collect();
    for unknown in unknowns {
        let needs = |name: &&String| {
            check(name).is_some_and(|(layer, severity, controls)| {
                severity >= threshold(layer)
                    || controls.iter().any(|control| required.contains(control.as_str()))
            })
        };
        let needed: Vec<&str> = unknown.checks.iter().filter(needs).map(String::as_str).collect();
        if let Some(first) = needed.first() {
            let more =
                if needed.len() > 1 { format!(" and {} more", needed.len() - 1) } else { String::new() };
            reasons.push(format!("unknown: {first}{more}, for {}", unknown.what));
        }
    }
    for source in sources {
        for gap in source.gaps.iter().filter(|gap| gap.why != Why::NotAsked) {
            if source.read == 0 {
                reasons.push(format!("not read: {}: {}", source.target, gap.what));
            }
        }
    }
    Decision { passed: reasons.is_empty(), reasons, refused }
}

/// Does the pattern, in which `*` stands for anything, match the whole text?
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pattern.rsplit_once('*').map(|(_, last)| last) else { return rest.is_empty() };
    let middle: Vec<&str> = parts.collect();
    for part in middle.iter().take(middle.len().saturating_sub(1)) {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tyrian_model::fact::Gap;
    use tyrian_model::vulnerability::{Advisory, Status};

    fn finding(check: &str, severity: Severity) -> Finding {
        Finding {
            id: "id".into(),
            fingerprint: format!("print-{check}"),
            group: format!("group-{check}"),
            check: check.into(),
            layer: Layer::Runtime,
            severity,
            confidence: Confidence::High,
            world: "w".into(),
            subject: "w/service:a".into(),
            name: "service a".into(),
            basis: Basis::Declared,
            place: Some(crate::finding::Place {
                file: "api/compose.yaml".into(),
                line: Some(5),
                column: Some(1),
            }),
            what: "x".into(),
            why: "".into(),
            fix: "".into(),
            controls: ["seccomp".into()].into(),
            threats: [].into(),
            ids: [].into(),
            owner: None,
            waived: None,
            patch: None,
            package: None,
            advisory: None,
        }
    }

    fn waiver(check: &str, expires: &str) -> Waiver {
        Waiver {
            check: check.into(),
            subject: Some("w/*".into()),
            path: None,
            advisory: None,
            owner: "shop".into(),
            approver: "ann".into(),
            reason: "known".into(),
            expires: expires.parse().unwrap(),
        }
    }

    const TODAY: Date = Date::constant(2026, 11, 24);

    fn decision(findings: &[Finding], organisation: &Policy, own: &Policy) -> Decision {
        decide(findings, &[], &[], organisation, own, Vec::new(), |_| None)
    }

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("a/*", "a/b/c", true),
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c*", "abcd", true),
            ("a*b", "ab", true),
            ("ab*ba", "aba", false),
            ("a", "ab", false),
            ("*x*", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_repository_may_accept_medium_and_not_high() {
        let own = Policy {
            waivers: vec![waiver("m", "2027-01-01"), waiver("h", "2027-01-01")],
            ..Policy::default()
        };
        let mut findings = [finding("m", Severity::Medium), finding("h", Severity::High)];
        let none = BTreeMap::new();
        let applied = apply(&mut findings, &Policy::default(), &own, None, &[], &none, TODAY);
        assert!(findings[0].waived.is_some() && findings[1].waived.is_none());
        assert_eq!(applied.refused.len(), 1);
        assert!(!decision(&findings, &Policy::default(), &own).passed);
        // The organisation's own waiver holds for anything.
        let organisation = Policy { waivers: vec![waiver("h", "2027-01-01")], ..Policy::default() };
        apply(&mut findings, &organisation, &Policy::default(), None, &[], &none, TODAY);
        assert!(decision(&findings, &organisation, &own).passed);
    }

    #[test]
    fn a_waiver_that_names_an_advisory_accepts_that_one_alone() {
        let hit = |id: &str, aliases: &[&str]| {
            let advisory = Advisory {
                id: id.into(),
                aliases: aliases.iter().map(|name| (*name).to_owned()).collect(),
                fixed: None,
                status: Status::Affected,
                severity: None,
                score: None,
                exploited: None,
                likely: None,
                title: String::new(),
            };
            Finding {
                advisory: Some(Box::new(advisory)),
                fingerprint: id.into(),
                ..finding("m", Severity::Medium)
            }
        };
        let mut findings = [
            hit("CVE-2024-1", &["GHSA-A"]),
            hit("CVE-2024-2", &["PYSEC-1", "GHSA-b"]),
            finding("m", Severity::Medium),
        ];
        let named = |name: &str| Waiver { advisory: Some(name.into()), ..waiver("m", "2027-01-01") };
        let own = Policy { waivers: vec![named("ghsa-a"), named("CVE-2024-9")], ..Policy::default() };
        let none = BTreeMap::new();
        let applied = apply(&mut findings, &Policy::default(), &own, None, &[], &none, TODAY);
        assert_eq!(findings.map(|finding| finding.waived.is_some()), [true, false, false]);
        // The other one is needed by nothing.
        assert_eq!(applied.about.len(), 1);
        assert!(applied.about[0].name.contains("CVE-2024-9"), "{}", applied.about[0].name);
    }

    #[test]
    fn old_data_fails_the_gate_where_a_policy_says_so() {
        let found = [old_data(40, "osv:Debian")];
        let none = Policy::default();
        let strict = Policy { gate: Gate { advisory_days: Some(7), ..Gate::default() }, ..Policy::default() };
        assert!(decision(&found, &none, &none).passed);
        assert!(!decision(&found, &strict, &none).passed && !decision(&found, &none, &strict).passed);
        assert!(decision(&[], &strict, &none).passed);
    }

    #[test]
    fn a_repository_can_be_stricter_and_never_laxer() {
        let medium = [finding("m", Severity::Medium)];
        let high = [finding("h", Severity::High)];
        let gate = |severity| Policy {
            gate: Gate { fail_on: Some(severity), ..Gate::default() },
            ..Policy::default()
        };
        assert!(decision(&medium, &Policy::default(), &Policy::default()).passed);
        assert!(!decision(&medium, &Policy::default(), &gate(Severity::Medium)).passed);
        let laxer = decision(&high, &Policy::default(), &gate(Severity::Critical));
        assert!(!laxer.passed && !laxer.refused.is_empty(), "{laxer:?}");
        assert!(decision(&high, &gate(Severity::Critical), &Policy::default()).passed);
    }

    #[test]
    fn expired_and_unused_waivers_are_findings() {
        let own = Policy {
            waivers: vec![waiver("m", "2026-11-23"), waiver("gone", "2027-01-01")],
            ..Policy::default()
        };
        let mut findings = [finding("m", Severity::Medium)];
        let applied = apply(&mut findings, &Policy::default(), &own, None, &[], &BTreeMap::new(), TODAY);
        assert!(findings[0].waived.is_none());
        let names: Vec<&str> = applied.about.iter().map(|finding| finding.check.as_str()).collect();
        assert_eq!(names, ["expired-waiver", "unused-waiver"]);
    }

    #[test]
    fn a_baseline_is_no_amnesty() {
        let fingerprints = BTreeSet::from(["print-m".to_owned(), "print-h".to_owned()]);
        let mut baseline = Baseline {
            format: 1,
            owner: "shop".into(),
            approver: "ann".into(),
            reason: "start".into(),
            expires: TODAY,
            fingerprints,
        };
        let fresh = || [finding("m", Severity::Medium), finding("h", Severity::High)];
        let run = |baseline: &Baseline| {
            let mut findings = fresh();
            apply(
                &mut findings,
                &Policy::default(),
                &Policy::default(),
                Some(baseline),
                &[],
                &BTreeMap::new(),
                TODAY,
            );
            findings.map(|finding| finding.waived.is_some())
        };
        assert_eq!(run(&baseline), [true, false]);
        // The last day it holds is still one.
        baseline.expires = Date::constant(2026, 11, 23);
        assert_eq!(run(&baseline), [false, false]);
    }

    #[test]
    fn an_inline_ignore_stands_beside_its_finding() {
        let ignore =
            |line| Ignore { file: "api/compose.yaml".into(), line, check: "m".into(), reason: "r".into() };
        let run = |line| {
            let mut findings = [finding("m", Severity::Medium)];
            apply(
                &mut findings,
                &Policy::default(),
                &Policy::default(),
                None,
                &[ignore(line)],
                &BTreeMap::new(),
                TODAY,
            );
            findings[0].waived.is_some()
        };
        assert_eq!([3, 4, 5, 6].map(run), [false, true, true, false]);
    }

    #[test]
    fn the_gate_fails_closed() {
        let unknown = [Unknown {
            why: Why::Denied,
            what: "the socket".into(),
            checks: vec!["h".into()],
            subjects: vec!["w/a".into()],
        }];
        let check = |severity| move |_: &str| Some((Layer::Runtime, severity, vec!["seccomp".to_owned()]));
        let none = Policy::default();
        let run = |own: &Policy, severity| {
            decide(&[], &unknown, &[], &none, own, Vec::new(), check(severity)).passed
        };
        assert!(!run(&none, Severity::High));
        assert!(run(&none, Severity::Low));
        let require = Gate { require: vec!["seccomp".into()], ..Gate::default() };
        assert!(!run(&Policy { gate: require, ..Policy::default() }, Severity::Low));
        let source = SourceStatus {
            target: "docker".into(),
            kind: "engine".into(),
            root: None,
            worlds: Vec::new(),
            read: 0,
            gaps: vec![Gap::new(Why::Denied, "the socket")],
        };
        assert!(!decide(&[], &[], &[source], &none, &none, Vec::new(), |_| None).passed);
    }
}

//! Findings: the failures of checks, as people and machines read them.

use crate::check::Check;
use crate::run::Evidence;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tyrian_model::evidence::{Basis, Confidence, Fault, Layer, Severity, Verdict};
use tyrian_model::fact::{Gap, Why};
use tyrian_model::vulnerability::{Advisory, Package};

/// A check's failure on a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// Short, and one thing within a report.
    pub id: String,
    /// The same from run to run while the fault is the same, whatever line it moves to.
    pub fingerprint: String,
    /// One name for the findings of a check that one change mends; the same from run to run.
    #[serde(default)]
    pub group: String,
    /// The check's name.
    pub check: String,
    /// The layer whose fault it is.
    pub layer: Layer,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The world of the subject.
    pub world: String,
    /// The subject's id.
    pub subject: String,
    /// What a person calls the subject.
    pub name: String,
    /// Does the live system show it, or does a description say so?
    pub basis: Basis,
    /// Where to mend it; nothing for what is live.
    pub place: Option<Place>,
    /// What is wrong.
    pub what: String,
    /// Why it matters.
    pub why: Arc<str>,
    /// What to do.
    pub fix: Arc<str>,
    /// The controls that are missing.
    pub controls: Arc<[String]>,
    /// The threats that those controls answer.
    pub threats: Arc<[String]>,
    /// Ids of frameworks.
    pub ids: Arc<[String]>,
    /// Whose it is; nothing where nobody is named.
    pub owner: Option<String>,
    /// Who accepted it and why; nothing where nobody did.
    pub waived: Option<Waived>,
    /// A change of files that mends it, as a unified diff without context; nothing where there is none, where nobody
    /// made one, or where its line may hold a secret.
    #[serde(default)]
    pub patch: Option<String>,
    /// The package that an advisory hits; nothing for other findings.
    #[serde(default)]
    pub package: Option<Box<Package>>,
    /// The advisory that hits it; nothing for other findings.
    #[serde(default)]
    pub advisory: Option<Box<Advisory>>,
}

/// A place in a file, lines and columns from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// Relative to the target.
    pub file: String,
    /// The line; nothing: the file as a whole.
    pub line: Option<u32>,
    /// The column.
    pub column: Option<u32>,
}

/// An acceptance that holds today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waived {
    /// Who answers for it.
    pub owner: String,
    /// Who allowed it.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// Until when, `2027-01-31`.
    pub expires: String,
    /// Where a VEX statement says that it does no harm: how it stands to it, `not_affected` or `fixed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vex: Option<String>,
}

/// What could not be judged for one and the same reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unknown {
    /// The gap.
    pub why: Why,
    /// What is missing and what to do.
    pub what: String,
    /// The checks that would have needed it.
    pub checks: Vec<String>,
    /// The subjects.
    pub subjects: Vec<String>,
}

/// What every finding of a check says, held once: a hundred thousand findings can be of one check.
struct OfCheck {
    why: Arc<str>,
    fix: Arc<str>,
    controls: Arc<[String]>,
    threats: Arc<[String]>,
    ids: Arc<[String]>,
}

impl OfCheck {
    fn new(check: &Check, threats_of: impl Fn(&str) -> Vec<String>) -> Self {
        let mut threats: Vec<String> =
            check.controls.iter().flat_map(|control| threats_of(control)).collect();
        threats.sort();
        threats.dedup();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        OfCheck {
            why: check.section("Why it matters").into(),
            fix: check.section("Fix").into(),
            controls: texts(check.controls),
            threats: threats.into(),
            ids: texts(check.ids),
        }
    }
}

/// The findings of all evidence, worst first.
///
/// A fault that both a description says and the live system shows is one finding, the observed one.
pub fn findings(evidence: &[Evidence], threats_of: impl Fn(&str) -> Vec<String>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut of_check: HashMap<&str, OfCheck> = HashMap::new();
    for (Evidence { check, subject, .. }, fault, fingerprint) in faults(evidence) {
        let shared = of_check.entry(check.name).or_insert_with(|| OfCheck::new(check, &threats_of));
        let at = fault.at.as_ref().or(subject.at.as_ref());
        let file = at.and_then(|at| at.file.as_deref()).or(subject.file.as_deref());
        let place = file.map(|file| Place {
            file: file.to_owned(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
        });
        let finding = Finding {
            id: fingerprint[..12].to_owned(),
            fingerprint: fingerprint.clone(),
            group: String::new(),
            check: check.name.to_owned(),
            layer: check.layer,
            severity: check.severity(),
            confidence: check.confidence,
            world: subject.world.clone(),
            subject: subject.id.clone(),
            name: subject.name.clone(),
            basis: subject.basis,
            place,
            what: fault.what.clone(),
            why: shared.why.clone(),
            fix: shared.fix.clone(),
            controls: shared.controls.clone(),
            threats: shared.threats.clone(),
            ids: shared.ids.clone(),
            owner: None,
            waived: None,
            patch: None,
            package: None,
            advisory: None,
        };
        match seen.get(&fingerprint) {
            Some(first) if subject.basis == Basis::Observed => found[*first] = finding,
            Some(_) => {}
            None => {
                seen.insert(fingerprint, found.len());
                found.push(finding);
            }
        }
    }
    found.sort_by(|a, b| {
        let key = |f: &Finding| (std::cmp::Reverse((f.severity, f.confidence)), f.layer);
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.check, &a.subject, &a.place).cmp(&(&b.check, &b.subject, &b.place)))
    });
    found
}

/// Every fault with the fingerprint of its finding.
pub(crate) fn faults(evidence: &[Evidence]) -> impl Iterator<Item = (&Evidence, &Fault, String)> {
    let mut alike: HashMap<(&str, &str, &str, Basis), usize> = HashMap::new();
    fn of_item(item: &Evidence) -> &[Fault] {
        if let Verdict::Fail(faults, _) = &item.verdict { faults } else { &[] }
    }
    evidence.iter().flat_map(move |item| of_item(item).iter().map(move |fault| (item, fault))).map(
        move |(item, fault)| {
            let subject = &item.subject;
            let key = (item.check.name, subject.id.as_str(), fault.what.as_str(), subject.basis);
            let nth = alike.entry(key).and_modify(|n| *n += 1).or_insert(0);
            (item, fault, fingerprint(&[item.check.name, &subject.id, &fault.what, &nth.to_string()]))
        },
    )
}

pub(crate) fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What could not be judged, grouped by the gap.
pub fn unknowns(evidence: &[Evidence]) -> Vec<Unknown> {
    let mut groups: BTreeMap<&Gap, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for Evidence { check, subject, verdict } in evidence {
        let (Verdict::Unknown(gaps) | Verdict::Fail(_, gaps)) = verdict else { continue };
        for gap in gaps {
            let (checks, subjects) = groups.entry(gap).or_default();
            checks.push(check.name);
            subjects.push(&subject.id);
        }
    }
    let distinct = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let unknown = |(gap, (checks, subjects)): (&Gap, (Vec<&str>, Vec<&str>))| Unknown {
        why: gap.why,
        what: gap.what.clone(),
        checks: distinct(checks),
        subjects: distinct(subjects),
    };
    groups.into_iter().map(unknown).collect()
}

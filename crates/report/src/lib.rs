//! What people and machines read. One renderer is one file; [`Report`] is what all of them render.

pub mod benchmark;
pub mod compare;
pub mod csv;
pub mod difference;
pub mod gitlab_codequality;
pub mod gitlab_sast;
mod group;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod navigator;
pub mod nist;
pub mod oscal;
pub mod pod_security;
pub mod purple;
pub mod sarif;
pub mod sbom;
pub mod svg;
pub mod text;
pub mod vex;
pub mod warnings_ng;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use tyrian_judge::attacks::Attacks;
use tyrian_judge::finding::{Finding, Unknown, findings, unknowns};
use tyrian_judge::matrix::{Matrix, matrix};
use tyrian_judge::policy::{Decision, Duty};
use tyrian_judge::run::Evidence;
use tyrian_model::evidence::{Severity, Verdict};
use tyrian_model::snapshot::{Snapshot, SourceStatus};
use tyrian_model::vulnerability::Cure;
use tyrian_rules::mission::MISSION;

/// The version of the report's format that this program writes.
pub const FORMAT: u32 = 1;

/// The result of one scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of this format.
    pub format: u32,
    /// The program and version.
    pub tool: String,
    /// When the facts were taken, in seconds since 1970.
    pub taken: i64,
    /// What was asked, and what became of it.
    pub sources: Vec<SourceStatus>,
    /// Numbers for the first line.
    pub summary: Summary,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// Versions of packages that mend findings, the one that mends most first.
    #[serde(default)]
    pub cures: Vec<Cure>,
    /// What could not be judged, by the gap.
    pub unknowns: Vec<Unknown>,
    /// Threat × control.
    pub matrix: Matrix,
    /// Who operates a control and who is accountable for it, where the policy says so.
    pub duties: BTreeMap<String, Duty>,
    /// What the gate says.
    pub decision: Decision,
}

/// Numbers of one scan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Things that were judged.
    pub subjects: usize,
    /// Checks that had something to judge.
    pub checks: usize,
    /// Verdicts that passed.
    pub passed: usize,
    /// Verdicts that failed.
    pub failed: usize,
    /// Verdicts that could not be given.
    pub unknown: usize,
    /// Changes that would mend the findings that nobody accepted: their groups.
    #[serde(default)]
    pub changes: usize,
    /// Findings that nobody accepted, by severity.
    pub open: BTreeMap<Severity, usize>,
    /// Findings that somebody accepted.
    pub waived: usize,
}

impl Report {
    /// The report of a snapshot, of what was judged of it and of what attacks say, before any policy.
    pub fn new(snapshot: &Snapshot, evidence: &[Evidence], attacks: &Attacks) -> Self {
        let mut report = Report {
            format: FORMAT,
            tool: snapshot.tool.clone(),
            taken: snapshot.taken,
            sources: snapshot.sources.clone(),
            summary: Summary::default(),
            findings: findings(evidence, |control| MISSION.threats_of(control)),
            cures: Vec::new(),
            unknowns: unknowns(evidence),
            matrix: matrix(&MISSION.threats, &MISSION.controls, evidence, attacks),
            duties: BTreeMap::new(),
            decision: Decision::default(),
        };
        let distinct = |names: Vec<&str>| names.into_iter().collect::<HashSet<_>>().len();
        report.summary.subjects = distinct(evidence.iter().map(|item| item.subject.id.as_str()).collect());
        let judged = evidence.iter().filter(|item| item.verdict != Verdict::NotApplicable);
        report.summary.checks = distinct(judged.map(|item| item.check.name).collect());
        for item in evidence {
            match item.verdict {
                Verdict::Pass => report.summary.passed += 1,
                Verdict::Fail(..) => report.summary.failed += 1,
                Verdict::Unknown(_) => report.summary.unknown += 1,
                Verdict::NotApplicable => {}
            }
        }
        report.count();
        report
    }
    /// Counts the findings again, after some were accepted or came to it, and names what one change mends.
    pub fn count(&mut self) {
        tyrian_judge::group::group(&mut self.findings, &self.sources);
        self.summary.changes = self.open().map(|finding| &finding.group).collect::<HashSet<_>>().len();
        self.summary.open.clear();
        self.summary.waived = self.findings.iter().filter(|finding| finding.waived.is_some()).count();
        for finding in self.findings.iter().filter(|finding| finding.waived.is_none()) {
            *self.summary.open.entry(finding.severity).or_insert(0) += 1;
        }
    }
    /// The file of a finding as one names it who stands where the program ran: the place's own file is relative to the
    /// target.
    pub(crate) fn path(&self, finding: &Finding) -> Option<String> {
        let file = &finding.place.as_ref()?.file;
        let source = self.sources.iter().find(|source| source.worlds.contains(&finding.world));
        let root = source.and_then(|source| source.root.as_deref()).unwrap_or_default();
        let root = root.trim_end_matches('/');
        Some(match root {
            "" => file.clone(),
            _ if file.starts_with('/') => file.clone(),
            _ => format!("{root}/{file}"),
        })
    }
    /// What could not be judged, and what a source did not give, each in one sentence.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let unknown = |unknown: &Unknown| {
            let (checks, things) = (unknown.checks.len(), unknown.subjects.len());
            format!(
                "{} ({}, {})",
                unknown.what,
                group::plural(checks, "check"),
                group::plural(things, "thing")
            )
        };
        let told: HashSet<&str> = self.unknowns.iter().map(|unknown| unknown.what.as_str()).collect();
        let gaps = self.sources.iter().flat_map(|source| {
            let gaps = source.gaps.iter().filter(|gap| !told.contains(gap.what.as_str()));
            gaps.map(|gap| format!("{}: {}", source.target, gap.what))
        });
        self.unknowns.iter().map(unknown).chain(gaps).collect()
    }
    /// The findings that nobody accepted, worst first.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.waived.is_none())
    }
}

//! What is told together: the findings of one check, and in it those that one change mends.

use crate::Report;
use crate::human::written;
use crate::text::words;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;
use tyrian_judge::check::Check;
use tyrian_judge::finding::Finding;
use tyrian_model::evidence::Basis;
use tyrian_rules::checks;

/// The open findings of one check.
pub(crate) struct Group<'r> {
    pub(crate) first: &'r Finding,
    /// How many findings.
    pub(crate) findings: usize,
    /// What has to be changed, in the order of the report.
    pub(crate) changes: Vec<Change<'r>>,
}

/// Open findings of one check that one change mends.
pub(crate) struct Change<'r> {
    pub(crate) first: &'r Finding,
    pub(crate) members: Vec<&'r Finding>,
}

/// The open findings by check and change, in the order of the report.
pub(crate) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut of_check: HashMap<&str, usize> = HashMap::new();
    let mut of_change: HashMap<(usize, &str), usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for finding in report.open() {
        let at = *of_check.entry(&finding.check).or_insert_with(|| {
            groups.push(Group { first: finding, findings: 0, changes: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[at];
        group.findings += 1;
        let change = *of_change.entry((at, &finding.group)).or_insert_with(|| {
            group.changes.push(Change { first: finding, members: Vec::new() });
            group.changes.len() - 1
        });
        group.changes[change].members.push(finding);
    }
    groups
}

impl Group<'_> {
    /// How many there are: `5 findings, 2 changes`.
    pub(crate) fn count(&self) -> String {
        let findings = plural(self.findings, "finding");
        match self.changes.len() {
            changes if changes < self.findings => format!("{findings}, {} to mend", plural(changes, "place")),
            _ => findings,
        }
    }
}

/// How many other names or faults of a change are told before they are counted.
const NAMED: usize = 2;

impl Change<'_> {
    /// What it is about in one sentence: the first finding, and what else the change mends.
    pub(crate) fn told(&self) -> String {
        let first = self.first;
        let mut text = format!("{} {}", first.name, first.what);
        if first.basis == Basis::Observed {
            text.push_str(" (seen live)");
        }
        let others: BTreeSet<&str> = self
            .members
            .iter()
            .map(|member| member.name.as_str())
            .filter(|name| *name != first.name)
            .collect();
        let faults: BTreeSet<&str> = self
            .members
            .iter()
            .map(|member| member.what.as_str())
            .filter(|what| *what != first.what)
            .collect();
        let worlds: BTreeSet<&str> = self.members.iter().map(|member| member.world.as_str()).collect();
        if !faults.is_empty() {
            text.push_str(&format!("; also {}", few(&faults, "more")));
        }
        let mut also = Vec::new();
        if !others.is_empty() {
            also.push(format!("and so {}", few(&others, "more")));
        }
        if worlds.len() > 1 {
            also.push(format!("in {} worlds", worlds.len()));
        }
        if !also.is_empty() {
            text.push_str(&format!(" ({})", also.join(", ")));
        }
        text
    }
    /// Where it is, as editors take it.
    pub(crate) fn place(&self) -> Option<String> {
        self.first.place.as_ref().map(written)
    }
}

fn few(names: &BTreeSet<&str>, more: &str) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        all if all > NAMED => format!("{shown} and {} {more}", all - NAMED),
        _ => shown,
    }
}

/// The sentence that says the fault: the check's own, or what the finding says where this program has no such check.
pub(crate) fn title(finding: &Finding) -> String {
    static CHECKS: OnceLock<HashMap<&str, &Check>> = OnceLock::new();
    let known = CHECKS.get_or_init(|| checks::all().into_iter().map(|check| (check.name, check)).collect());
    let title = known.get(finding.check.as_str()).map_or(finding.what.as_str(), |check| check.title());
    words(title).trim_end_matches('.').to_owned()
}

pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

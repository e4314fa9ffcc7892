//! Findings that one change mends: one line of a base that ten overlays share, one anchor that five services merge,
//! one container that is started anew.

use crate::finding::{Finding, fingerprint};
use std::collections::HashMap;
use tyrian_model::snapshot::SourceStatus;

/// What a change touches. Findings that share one of these are mended together.
#[derive(PartialEq, Eq, Hash)]
enum Touches<'f> {
    /// One place of a file: anchors, templates, bases of overlays.
    Spot(&'f str, Option<u32>, Option<u32>),
    /// One thing on one line of a file: the items of a list that is written in one line.
    Line(&'f str, Option<u32>, &'f str),
    /// A live thing, which is set up anew.
    Live(&'f str),
    /// A version of a package, whatever hits it: thing, source, version, and the place of one that is no distribution's.
    Package(&'f str, &'f str, &'f str, Option<&'f str>),
}

/// Names the group of each finding: those of one check that one change mends have the same name.
///
/// The name says nothing but that. It does not hold lines, nor the worlds in which the thing is seen, so that it stays
/// from run to run.
pub fn group(findings: &mut [Finding], sources: &[SourceStatus]) {
    // Places are relative to the target: two trees may both have a compose.yaml.
    let mut source_of: HashMap<&str, usize> = HashMap::new();
    for (n, source) in sources.iter().enumerate() {
        source.worlds.iter().for_each(|world| {
            source_of.insert(world, n);
        });
    }
    let mut leaders: Vec<usize> = (0..findings.len()).collect();
    let mut first: HashMap<(&str, Option<usize>, Touches), usize> = HashMap::new();
    for (n, finding) in findings.iter().enumerate() {
        let source = source_of.get(finding.world.as_str()).copied();
        for touches in touched(finding) {
            let other = *first.entry((&finding.check, source, touches)).or_insert(n);
            let (a, b) = (leader(&mut leaders, n), leader(&mut leaders, other));
            // The earlier finding leads: it is the worse one, and the order of a report is stable.
            leaders[a.max(b)] = a.min(b);
        }
    }
    let led: Vec<usize> = (0..findings.len()).map(|n| leader(&mut leaders, n)).collect();
    // A group is called by its least member, whatever world that stands in.
    let mut least: HashMap<usize, (&str, &str)> = HashMap::new();
    for (finding, by) in findings.iter().zip(&led) {
        let own = (local(finding), finding.what.as_str());
        least.entry(*by).and_modify(|known| *known = own.min(*known)).or_insert(own);
    }
    let mut alike: HashMap<(&str, &str, &str, &str), usize> = HashMap::new();
    let mut names: HashMap<usize, String> = HashMap::new();
    for (n, finding) in findings.iter().enumerate().filter(|(n, _)| led[*n] == *n) {
        let (local, what) = least[&n];
        let file = finding.place.as_ref().map_or("", |place| &place.file);
        let nth = alike.entry((&finding.check, file, local, what)).and_modify(|n| *n += 1).or_insert(0);
        let print = fingerprint(&["group", &finding.check, file, local, what, &nth.to_string()]);
        names.insert(n, print[..12].to_owned());
    }
    for (finding, by) in findings.iter_mut().zip(led) {
        finding.group = names.get(&by).cloned().unwrap_or_default();
    }
}

fn touched(finding: &Finding) -> Vec<Touches<'_>> {
    if let Some(package) = &finding.package {
        let name = package.source.as_deref().unwrap_or(&package.name);
        let version = package.source_version.as_deref().unwrap_or(&package.version);
        let place = package.place.as_deref().filter(|_| !package.is_distributions());
        return vec![Touches::Package(&finding.subject, name, version, place)];
    }
    match &finding.place {
        Some(place) => vec![
            Touches::Spot(&place.file, place.line, place.column),
            Touches::Line(&place.file, place.line, local(finding)),
        ],
        None => vec![Touches::Live(&finding.subject)],
    }
}

/// The subject without its world.
fn local(finding: &Finding) -> &str {
    finding.subject.split_once('/').map_or(&finding.subject, |(_, local)| local)
}

fn leader(leaders: &mut [usize], mut n: usize) -> usize {
    while leaders[n] != n {
        leaders[n] = leaders[leaders[n]];
        n = leaders[n];
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;
    use tyrian_model::evidence::{Basis, Confidence, Layer, Severity};

    fn finding(check: &str, subject: &str, what: &str, place: Option<(&str, u32, u32)>) -> Finding {
        Finding {
            id: String::new(),
            fingerprint: String::new(),
            group: String::new(),
            check: check.into(),
            layer: Layer::Runtime,
            severity: Severity::High,
            confidence: Confidence::High,
            world: subject.split('/').next().unwrap_or_default().into(),
            subject: subject.into(),
            name: subject.into(),
            basis: if place.is_some() { Basis::Declared } else { Basis::Observed },
            place: place.map(|(file, line, column)| Place {
                file: file.into(),
                line: Some(line),
                column: Some(column),
            }),
            what: what.into(),
            why: "".into(),
            fix: "".into(),
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

    fn source(worlds: &[&str]) -> SourceStatus {
        SourceStatus {
            target: "t".into(),
            kind: "tree".into(),
            root: None,
            worlds: worlds.iter().map(|world| (*world).to_owned()).collect(),
            read: 1,
            gaps: Vec::new(),
        }
    }

    fn groups(findings: &[Finding], sources: &[SourceStatus]) -> Vec<String> {
        let mut findings = findings.to_vec();
        group(&mut findings, sources);
        assert!(findings.iter().all(|finding| finding.group.len() == 12));
        findings.into_iter().map(|finding| finding.group).collect()
    }

    #[test]
    fn one_place_is_one_change() {
        let at = |line, column| Some(("base/web.yaml", line, column));
        let found = [
            finding("privileged", "dev/pod:web", "runs privileged", at(4, 7)),
            finding("privileged", "prod/pod:web", "runs privileged", at(4, 7)), // the base of two overlays
            finding("privileged", "prod/pod:api", "runs privileged", at(4, 7)), // an anchor
            finding("privileged", "prod/pod:db", "runs privileged", at(9, 7)),  // the same words elsewhere
            finding("root", "dev/pod:web", "runs as root", at(4, 7)),           // another check
            finding("mount", "dev/pod:web", "mounts /etc", at(5, 9)), // two items of a list in one line
            finding("mount", "dev/pod:web", "mounts /var", at(5, 15)),
            finding("mount", "dev/pod:api", "mounts /var", at(5, 40)), // one line, but of another thing
        ];
        let sources = [source(&["dev", "prod"])];
        let all = groups(&found, &sources);
        assert!(all[0] == all[1] && all[1] == all[2] && all[5] == all[6], "{all:?}");
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), 5, "{all:?}");
        // Lines move, and another overlay comes: the names stay.
        let mut later = found.to_vec();
        for place in later.iter_mut().filter_map(|finding| finding.place.as_mut()) {
            place.line = place.line.map(|line| line + 3);
        }
        later.insert(0, finding("privileged", "a-new-one/pod:web", "runs privileged", at(7, 7)));
        assert_eq!(groups(&later, &[source(&["dev", "prod", "a-new-one"])])[1..], all);
    }

    #[test]
    fn one_version_of_a_package_is_one_change() {
        let hit = |name: &str, version: &str, id: &str| {
            let package = tyrian_model::vulnerability::Package {
                name: name.into(),
                version: version.into(),
                source: Some("openssl".into()),
                source_version: None,
                purl: format!("pkg:deb/debian/{name}@{version}"),
                place: Some("/var/lib/dpkg/status".into()),
                line: None,
                layer: None,
                base: None,
                dev: false,
                why: Vec::new(),
            };
            Finding {
                package: Some(Box::new(package)),
                ..finding("vulnerable-package", "w/image:a", id, None)
            }
        };
        let found = [hit("libssl3", "3.0.1", "A"), hit("openssl", "3.0.1", "B"), hit("openssl", "1.1", "A")];
        let all = groups(&found, &[source(&["w"])]);
        assert!(all[0] == all[1] && all[1] != all[2], "{all:?}");
    }

    #[test]
    fn live_things_are_mended_one_by_one_and_trees_are_told_apart() {
        let found = [
            finding("mount", "engine/container:a", "mounts /etc", None),
            finding("mount", "engine/container:a", "mounts /var", None),
            finding("mount", "engine/container:b", "mounts /var", None),
            finding("mount", "one/service:a", "mounts /var", Some(("compose.yaml", 3, 1))),
            finding("mount", "two/service:a", "mounts /var", Some(("compose.yaml", 3, 1))),
        ];
        let all = groups(&found, &[source(&["engine"]), source(&["one"]), source(&["two"])]);
        assert!(all[0] == all[1] && all[1] != all[2] && all[3] != all[4], "{all:?}");
    }
}

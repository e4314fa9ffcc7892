//! Each rule of hadolint and checkov that fires on real Dockerfiles is answered by checks of ours, or has its reason.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::{BTreeMap, BTreeSet};
use tyrian_rules::checks;

const CLASSES: &str = include_str!("../../../judges/dockerfiles-classes.tsv");
const RECORDED: &str = include_str!("../../../judges/dockerfiles.tsv");
const PAGE: &str = include_str!("../../../docs/dockerfiles.md");

fn rows<const N: usize>(text: &'static str) -> Vec<[&'static str; N]> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

/// By judge and rule: our checks, and why.
fn classes() -> BTreeMap<(&'static str, &'static str), (Vec<&'static str>, &'static str)> {
    let of = |[judge, rule, ours, why]: [&'static str; 4]| {
        ((judge, rule), (ours.split(' ').filter(|it| !it.is_empty()).collect(), why))
    };
    let all: Vec<_> = rows(CLASSES).into_iter().map(of).collect();
    let count = all.len();
    let map: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(map.len(), count, "a rule stands there twice");
    map
}

#[test]
fn every_rule_of_the_others_is_ours_or_has_a_reason() {
    let names: BTreeSet<&str> = checks::all().iter().map(|check| check.name).collect();
    let classes = classes();
    for ((judge, rule), (ours, why)) in &classes {
        assert!(!ours.is_empty() || why.len() > 10, "{judge} {rule} is not ours and has no reason");
        for check in ours {
            assert!(names.contains(check), "{judge} {rule}: there is no check {check}");
        }
        assert!(
            PAGE.contains(&format!("| {judge} {rule} |")),
            "docs/dockerfiles.md does not have {judge} {rule}"
        );
    }
    let recorded = rows::<4>(RECORDED);
    assert!(recorded.len() > 30, "judges/dockerfiles was not run over enough");
    for [judge, rule, ..] in recorded {
        assert!(classes.contains_key(&(judge, rule)), "{judge} {rule} fires on real files and has no class");
    }
}

#[test]
fn what_is_ours_is_found_where_they_find_it_or_has_a_reason() {
    let files: usize = RECORDED.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(files >= 60, "{files}");
    let classes = classes();
    for [judge, rule, theirs, both] in rows::<4>(RECORDED) {
        let (ours, why) = &classes[&(judge, rule)];
        let (theirs, both): (usize, usize) = (theirs.parse().unwrap(), both.parse().unwrap());
        let explained = both == theirs || why.len() > 10;
        assert!(
            ours.is_empty() || explained,
            "{judge} {rule}: in {theirs} files, ours in {both} of them, and no reason"
        );
    }
}

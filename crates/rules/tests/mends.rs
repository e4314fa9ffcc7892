//! What holds for every check that says what can be done: its bad examples, mended, have none of its faults, no new
//! one of any check, and read as well as before.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::check::{Check, Example};
use tyrian_judge::finding::{Finding, findings, unknowns};
use tyrian_judge::mend::mends;
use tyrian_judge::run::{Evidence, judge};
use tyrian_mend::{Text, blocks, spliced, unified};
use tyrian_model::facts::Facts;
use tyrian_model::mend::{Edit, Mend, What};
use tyrian_read::secrets::Key;
use tyrian_rules::checks;

const KEY: Key = Key([7; 32]);

type Files = BTreeMap<String, String>;

fn facts(files: &Files) -> Facts {
    let piece = |(path, text): (&String, &String)| {
        tyrian_read::assemble::glance(path, text.as_bytes().to_vec(), &KEY)
    };
    let (facts, gaps) = tyrian_read::assemble::facts("tree", files.iter().filter_map(piece).collect(), &KEY);
    assert!(gaps.is_empty(), "{files:?} reads whole: {gaps:?}");
    facts
}

fn of(evidence: &[Evidence]) -> Vec<Finding> {
    findings(evidence, |_| Vec::new())
}

/// A finding without its place, which moves.
fn name(finding: &Finding) -> (String, String, String) {
    (finding.check.clone(), finding.subject.clone(), finding.what.clone())
}

/// What a mend makes of the files.
fn mended(files: &Files, edits: &[Edit]) -> Result<Files, String> {
    let mut after = files.clone();
    let names: BTreeSet<&str> = edits.iter().map(|edit| edit.file.as_str()).collect();
    for file in names {
        let before = files.get(file).ok_or(format!("{file} is none of the example"))?;
        let group: Vec<&Edit> = edits.iter().filter(|edit| edit.file == file).collect();
        let mended = Text::new(before).mend(&[group]);
        if let Some((_, why)) = mended.refused.first() {
            return Err(why.clone());
        }
        let text = spliced(before, &mended.splices);
        assert_ne!(&text, before, "something changes");
        assert!(!unified(file, before, &mended.splices).is_empty());
        // The blocks of lines say the same as the bytes.
        let mut lines: Vec<&str> = before.split_inclusive('\n').collect();
        let made = blocks(before, &mended.splices);
        for block in made.iter().rev() {
            lines.splice(block.first..block.first + block.count, [block.text.as_str()]);
        }
        assert_eq!(lines.concat(), text, "{made:?}");
        after.insert(file.to_owned(), text);
    }
    Ok(after)
}

/// What applies only once a fault is mended: a pod that leaves the host's network is one that policies can hold, and
/// what `privileged` or every capability implies is said by nothing else before.
fn comes_to_light(mended: &str, other: &str) -> bool {
    match mended {
        "host-network-namespace" => other.starts_with("no-default-deny-"),
        "dangerous-capability" => other == "capabilities-not-dropped",
        "privileged-container" => other != mended,
        _ => false,
    }
}

/// How many faults of a check's examples were mended.
fn tried(check: &'static Check, all: &[&'static Check]) -> usize {
    let mut count = 0;
    for example in check.bad {
        let Example::Tree(files) = example else { continue };
        let files: Files =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let before = facts(&files);
        let evidence = judge(&before, all);
        let (found, known, unread) = (of(&evidence), mends(&before, &evidence), unknowns(&evidence).len());
        for finding in found.iter().filter(|finding| finding.check == check.name) {
            let Some(Mend::Patch { edits, .. }) = known.get(&finding.fingerprint) else { continue };
            assert!(!edits.is_empty(), "{}: a patch changes something", check.name);
            if edits.iter().any(|edit| matches!(edit.what, What::Mode(_))) {
                continue;
            }
            let after =
                mended(&files, edits).unwrap_or_else(|why| panic!("{}: {why}: {files:?}", check.name));
            let evidence = judge(&facts(&after), all);
            let left = of(&evidence);
            assert!(
                !left.iter().any(|other| name(other) == name(finding)),
                "{}: {after:?} is as bad as before",
                check.name
            );
            // What a finding says may change with what is left; that there are more of a kind may not.
            let of_kind = |of: &[Finding], kind: &Finding| {
                of.iter().filter(|it| (&it.check, &it.subject) == (&kind.check, &kind.subject)).count()
            };
            let more = |it: &&Finding| {
                of_kind(&left, it) > of_kind(&found, it) && !comes_to_light(check.name, &it.check)
            };
            let new: Vec<_> = left.iter().filter(more).map(name).collect();
            assert!(new.is_empty(), "{}: {after:?} has new findings: {new:?}", check.name);
            let more = unknowns(&evidence).len().saturating_sub(unread);
            assert_eq!(more, 0, "{}: {after:?} reads as well as before", check.name);
            count += 1;
        }
    }
    count
}

#[test]
fn what_is_mended_is_mended_and_nothing_else_breaks() {
    let all = checks::all();
    let mut untried = Vec::new();
    for check in all.iter().filter(|check| check.mend.is_some()) {
        if tried(check, &all) == 0 {
            untried.push(check.name);
        }
    }
    // These speak of engines that run, of hosts, and of numbers that a person has to choose.
    let advice = [
        "cluster-credentials-readable",
        "cpu-unlimited",
        "engine-file-mode",
        "engine-file-writable",
        "engine-key-readable",
        "engine-log-unrotated",
        "memory-unlimited",
    ];
    untried.sort_unstable();
    assert_eq!(untried, advice);
}

#[test]
fn every_example_gets_an_answer() {
    let all = checks::all();
    for check in all.iter().filter(|check| check.mend.is_some()) {
        for example in check.bad {
            let facts = match example {
                Example::Tree(_) => continue,
                Example::Engine(text) => tyrian_read::engine::example(text, &KEY),
                Example::Facts(text) => Facts {
                    worlds: BTreeMap::from([("example".to_owned(), serde_json::from_str(text).unwrap())]),
                },
            };
            let evidence = judge(&facts, &[check]);
            let answers = mends(&facts, &evidence);
            assert!(!answers.is_empty(), "{}: {example:?}", check.name);
            for (_, answer) in answers {
                let said = match &answer {
                    Mend::Patch { edits, .. } => edits.len(),
                    Mend::Advice(text) | Mend::Person(text) => text.len(),
                };
                assert!(said > 0, "{}: {answer:?}", check.name);
            }
        }
    }
}

//! Whom advisories hit: the cases of the OSV schema, contradictions, and all records of ../shared/advisories against a
//! slow judge that follows the pseudocode of the schema's "Evaluation".

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code)] // helpers of tests are tests

#[path = "judges/pairs.rs"]
mod pairs;
#[path = "judges/real.rs"]
mod real;

use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tyrian_advisory::affected::{Affected, Doubt, Event, Kind, Verdict};
use tyrian_advisory::version::Scheme;

fn affected(json: &Value) -> Affected {
    serde_json::from_value(json.clone()).unwrap()
}

/// One range of the ecosystem.
fn range(events: Value) -> Affected {
    affected(&json!({"ranges": [{"type": "ECOSYSTEM", "events": events}]}))
}

#[test]
fn a_range_hits_from_introduced_to_fixed() {
    let it = range(json!([{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"}]));
    for (version, verdict) in [
        ("0.9", Verdict::NotAffected),
        ("1.0", Verdict::FixedIn("1.5")),
        ("1.0rc1", Verdict::NotAffected),
        ("1.4.9", Verdict::FixedIn("1.5")),
        ("1.5", Verdict::NotAffected),
        ("2.0.post1", Verdict::FixedIn("2.3")),
        ("2.3.0", Verdict::NotAffected),
        ("3", Verdict::NotAffected),
    ] {
        assert_eq!(it.judge(Scheme::Pep440, version), verdict, "{version}");
    }
    // The order of the events does not matter.
    let mixed =
        range(json!([{"fixed": "2.3"}, {"introduced": "2.0"}, {"fixed": "1.5"}, {"introduced": "1.0"}]));
    for version in ["0.9", "1.0", "1.5", "1.9", "2.0", "2.2", "2.3"] {
        assert_eq!(it.judge(Scheme::Pep440, version), mixed.judge(Scheme::Pep440, version), "{version}");
    }
}

#[test]
fn zero_is_before_all_and_last_affected_is_hit() {
    let it = range(json!([{"introduced": "0"}, {"last_affected": "1.2-1"}]));
    for (version, verdict) in
        [("0~~", Verdict::NoFix), ("1.2-1", Verdict::NoFix), ("1.2-1+deb12u1", Verdict::NotAffected)]
    {
        assert_eq!(it.judge(Scheme::Deb, version), verdict, "{version}");
    }
    assert_eq!(range(json!([{"introduced": "0"}])).judge(Scheme::Go, "v1.2.3"), Verdict::NoFix);
    let one = range(json!([{"introduced": "1.0"}, {"last_affected": "1.0"}]));
    assert_eq!(one.judge(Scheme::Gem, "1.0.0"), Verdict::NoFix);
    assert_eq!(one.judge(Scheme::Gem, "1.0.1"), Verdict::NotAffected);
}

#[test]
fn beyond_its_limit_a_range_says_nothing() {
    let it = range(json!([{"introduced": "1.0.0"}, {"limit": "2.0.0"}]));
    assert_eq!(it.judge(Scheme::Semver, "1.9.0"), Verdict::NoFix);
    assert_eq!(it.judge(Scheme::Semver, "2.0.0"), Verdict::NotAffected);
    assert_eq!(
        range(json!([{"introduced": "1.0.0"}, {"limit": "*"}])).judge(Scheme::Semver, "9.0.0"),
        Verdict::NoFix
    );
}

#[test]
fn the_fix_is_the_nearest_that_is_free_itself() {
    let it = affected(&json!({"ranges": [
        {"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": "1.2.0"}]},
        {"type": "SEMVER", "events": [{"introduced": "1.1.0"}, {"fixed": "1.4.0"}]},
        {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "abcdef"}]},
    ]}));
    assert_eq!(it.judge(Scheme::Npm, "1.0.0"), Verdict::FixedIn("1.4.0"));
    assert_eq!(it.judge(Scheme::Npm, "1.4.0"), Verdict::NotAffected);
    // 1.2 is fixed for its line and is below the version.
    let lines = range(json!([{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2"}, {"fixed": "2.1"}]));
    assert_eq!(lines.judge(Scheme::Pep440, "2.0.1"), Verdict::FixedIn("2.1"));
}

#[test]
fn listed_versions_are_hit_also_where_they_are_none_by_the_rules() {
    let it = affected(&json!({"versions": ["1.0", "2004d"]}));
    assert_eq!(it.judge(Scheme::Pep440, "1.0.0"), Verdict::NoFix);
    assert_eq!(it.judge(Scheme::Pep440, "2004d"), Verdict::NoFix);
    assert_eq!(it.judge(Scheme::Pep440, "1.1"), Verdict::NotAffected);
    assert!(matches!(it.judge(Scheme::Pep440, "2004e"), Verdict::Unknown(Doubt::Unread(_))));
}

#[test]
fn what_is_not_understood_clears_nobody() {
    let unread = |verdict| matches!(verdict, Verdict::Unknown(Doubt::Unread(_)));
    assert_eq!(affected(&json!({})).judge(Scheme::Deb, "1"), Verdict::Unknown(Doubt::NothingSaid));
    let git = affected(&json!({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}));
    assert_eq!(git.judge(Scheme::Deb, "1"), Verdict::Unknown(Doubt::NothingSaid));
    let new = affected(&json!({"ranges": [{"type": "PHASE", "events": [{"introduced": "0"}]}]}));
    assert_eq!(new.judge(Scheme::Deb, "1"), Verdict::Unknown(Doubt::UnknownKind));
    for (events, doubt) in [
        (json!([]), Doubt::NoIntroduction),
        (json!([{"fixed": "1.0"}]), Doubt::NoIntroduction),
        (json!([{"limit": "1.0"}]), Doubt::NoIntroduction),
        (json!([{"introduced": "2.0"}, {"fixed": "1.0"}]), Doubt::Contradiction),
        (json!([{"introduced": "1.0"}, {"fixed": "1.0.0"}]), Doubt::Contradiction),
        (json!([{"introduced": "0"}, {"fixed": "2.0"}, {"last_affected": "1.0"}]), Doubt::Contradiction),
    ] {
        assert_eq!(range(events.clone()).judge(Scheme::Pep440, "3.0"), Verdict::Unknown(doubt), "{events}");
    }
    let broken = range(json!([{"introduced": "0"}, {"fixed": "soon"}]));
    assert!(unread(broken.judge(Scheme::Semver, "1.0.0")));
    let all = range(json!([{"introduced": "0"}]));
    assert!(unread(all.judge(Scheme::Semver, "latest")));
    // Another range that is understood and hits is enough, and one that does not hit is not.
    let two = |fixed: &str| {
        affected(&json!({"ranges": [
            {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "soon"}]},
            {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]},
        ]}))
    };
    assert_eq!(two("2.0.0").judge(Scheme::Semver, "1.0.0"), Verdict::NoFix);
    assert!(unread(two("0.5.0").judge(Scheme::Semver, "1.0.0")));
}

#[test]
fn contradictions_do_not_hang_on_the_order_of_events() {
    let mut random = pairs::Random::new("events");
    for _ in 0..20_000 {
        let mut events: Vec<Value> = (0..=random.below(4))
            .map(|_| {
                let kind =
                    random.pick(&["introduced", "introduced", "fixed", "fixed", "last_affected", "limit"]);
                json!({kind: random.below(4).to_string()})
            })
            .collect();
        let version = random.below(5).to_string();
        let before = range(json!(events)).hits(Scheme::Gem, &version);
        let at = random.below(events.len());
        events.rotate_left(at);
        events.reverse();
        assert_eq!(before, range(json!(events)).hits(Scheme::Gem, &version), "{events:?} {version}");
    }
}

#[test]
fn the_quick_way_and_the_schemas_say_the_same() {
    let mut random = pairs::Random::new("ranges");
    let mut told = BTreeMap::<bool, usize>::new();
    for _ in 0..20_000 {
        let ranges: Vec<Value> = (0..random.below(3))
            .map(|_| {
                let events: Vec<Value> = (0..random.below(6))
                    .map(|at| {
                        let kind =
                            random.pick(&["introduced", "introduced", "fixed", "last_affected", "limit"]);
                        let kind = if at == 0 { "introduced" } else { kind };
                        json!({kind: format!("{}.{}", random.below(3), random.below(3))})
                    })
                    .collect();
                json!({"type": "ECOSYSTEM", "events": events})
            })
            .collect();
        let it = affected(&json!({"ranges": ranges, "versions": ["1.1.1"]}));
        let version = random.pick(&["0", "0.1", "1.0", "1.1", "1.1.1", "1.2", "2.0", "2.1", "3"]);
        if let Ok(hits) = it.hits(Scheme::Gem, version) {
            assert_eq!(hits, schema_hits(&it, Scheme::Gem, version), "{it:?} {version}");
            *told.entry(hits).or_default() += 1;
        }
    }
    assert!(told[&true] > 1000 && told[&false] > 1000, "{told:?}");
}

/// The pseudocode of the schema, word for word and slow: sorted events, one after the other.
fn schema_hits(it: &Affected, scheme: Scheme, version: &str) -> bool {
    if it.versions.iter().any(|listed| listed == version) {
        return true;
    }
    for range in it.ranges.iter().filter(|range| range.kind != Kind::Git) {
        let compare = |a: &str, b: &str| match (a, b) {
            ("0", "0") => Ordering::Equal,
            ("0", _) => Ordering::Less,
            (_, "0") => Ordering::Greater,
            _ => scheme.compare(a, b).unwrap(),
        };
        let limits: Vec<&str> = range
            .events
            .iter()
            .filter_map(|event| if let Event::Limit(at) = event { Some(at.as_str()) } else { None })
            .collect();
        if !limits.is_empty()
            && !limits.iter().any(|limit| *limit == "*" || scheme.compare(version, limit).unwrap().is_lt())
        {
            continue;
        }
        let mut events: Vec<(&str, u8)> = range
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Introduced(at) => Some((at.as_str(), 0)),
                Event::Fixed(at) => Some((at.as_str(), 1)),
                Event::LastAffected(at) => Some((at.as_str(), 2)),
                Event::Limit(_) => None,
            })
            .collect();
        events.sort_by(|a, b| compare(a.0, b.0).then(a.1.cmp(&b.1)));
        let mut vulnerable = false;
        for (at, kind) in events {
            match kind {
                0 if at == "0" || scheme.compare(version, at).unwrap().is_ge() => vulnerable = true,
                1 if scheme.compare(version, at).unwrap().is_ge() => vulnerable = false,
                2 if scheme.compare(version, at).unwrap().is_gt() => vulnerable = false,
                _ => {}
            }
        }
        if vulnerable {
            return true;
        }
    }
    false
}

#[test]
fn all_real_records_are_judged_as_the_schema_says() {
    let Some(folder) = tyrian_lab::shared("all_real_records_are_judged_as_the_schema_says", "advisories")
    else {
        return;
    };
    for (ecosystem, scheme, least) in [
        ("Debian", Scheme::Deb, 5_000),
        ("AlmaLinux", Scheme::Rpm, 100_000),
        ("Go", Scheme::Go, 15_000),
        ("PyPI", Scheme::Pep440, 50_000),
    ] {
        let (mut told, mut hit, mut doubts) = (0, 0, BTreeMap::<String, Vec<String>>::new());
        // Beside those of the record itself, some that other records of the package name.
        let mut seen = BTreeMap::<String, Vec<String>>::new();
        for record in real::records(&folder.join(ecosystem).join("all.zip")) {
            for part in record["affected"].as_array().unwrap() {
                let it = affected(part);
                let bounds =
                    it.ranges.iter().filter(|range| range.kind != Kind::Git).flat_map(|range| &range.events);
                let named = bounds.map(|event| match event {
                    Event::Introduced(at) | Event::Fixed(at) | Event::LastAffected(at) | Event::Limit(at) => {
                        at
                    }
                });
                let mut versions: Vec<String> = named.chain(it.versions.iter().step_by(4)).cloned().collect();
                let package = part["package"]["name"].as_str().unwrap().to_owned();
                let others = seen.entry(package).or_default();
                let own = versions.clone();
                versions.extend(others.iter().rev().take(8).cloned());
                others.extend(own.into_iter().take(2));
                for version in versions {
                    if version == "0" && scheme != Scheme::Pep440 {
                        continue;
                    }
                    match it.hits(scheme, &version) {
                        Ok(hits) => {
                            let judged = schema_hits(&it, scheme, &version);
                            // What is another way to write a listed version is hit here, and not by the schema.
                            let is_listed =
                                |listed: &String| scheme.compare(listed, &version) == Ok(Ordering::Equal);
                            assert!(
                                hits == judged || hits && it.versions.iter().any(is_listed),
                                "{} {version}: {hits}",
                                record["id"]
                            );
                            told += 1;
                            hit += usize::from(hits);
                        }
                        Err(doubt) => {
                            doubts
                                .entry(doubt.to_string())
                                .or_default()
                                .push(format!("{} {version}", record["id"]));
                        }
                    }
                }
            }
        }
        assert!(
            told >= least && hit > told / 20 && hit < told,
            "{ecosystem}: {told} told, {hit} hit: {doubts:?}"
        );
        let doubted: usize = doubts.values().map(Vec::len).sum();
        assert!(doubted * 100 < told, "{ecosystem}: {told} told and too many not: {doubts:?}");
    }
}

#[test]
fn the_versions_that_pypi_lists_lie_in_the_ranges_that_it_gives() {
    let test = "the_versions_that_pypi_lists_lie_in_the_ranges_that_it_gives";
    let Some(folder) = tyrian_lab::shared(test, "advisories") else { return };
    let (mut inside, mut outside, mut doubts) = (0, Vec::new(), Vec::new());
    for record in real::records(&folder.join("PyPI").join("all.zip")) {
        for part in record["affected"].as_array().unwrap() {
            let it = affected(part);
            let ranges = Affected { versions: Vec::new(), ..it.clone() };
            if !ranges.ranges.iter().any(|range| range.kind == Kind::Ecosystem) {
                continue;
            }
            for version in &it.versions {
                match ranges.hits(Scheme::Pep440, version) {
                    Ok(true) => inside += 1,
                    Ok(false) => outside.push(format!("{} {version}", record["id"])),
                    Err(doubt) => doubts.push(format!("{} {version}: {doubt}", record["id"])),
                }
            }
        }
    }
    // A few records name versions that their own ranges leave out; old names that are no versions have no place in any.
    assert!(inside > 100_000, "{inside}");
    assert!(outside.len() * 5_000 < inside, "{outside:?}");
    assert!(doubts.len() * 1_000 < inside, "{doubts:?}");
    // PYSEC-2022-236 and PYSEC-2023-72 introduce and fix at one version.
    let is_contradicted = |doubt: &&String| doubt.ends_with("contradicts itself");
    assert!(doubts.iter().filter(is_contradicted).count() < 10, "{doubts:?}");
}

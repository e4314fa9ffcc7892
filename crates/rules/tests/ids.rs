//! Every id that a check or a threat names is one, and the list of them is in order.

use tyrian_rules::ids::{named, title};
use tyrian_rules::{checks, mission::MISSION};

#[test]
fn every_id_is_known() {
    let of_checks =
        checks::all().into_iter().flat_map(|check| check.ids.iter().map(|id| (check.name, (*id).to_owned())));
    let of_threats = MISSION.threats.iter().flat_map(|t| t.ids.iter().map(|id| (t.id.as_str(), id.clone())));
    let unknown: Vec<String> = of_checks
        .chain(of_threats)
        .filter(|(_, id)| title(id).is_none())
        .map(|(name, id)| format!("{name}: {id}"))
        .collect();
    assert!(unknown.is_empty(), "not in ids.toml:\n{}", unknown.join("\n"));
}

#[test]
fn nothing_is_named_twice() {
    for check in checks::all() {
        let mut ids = check.ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), check.ids.len(), "{}", check.name);
    }
}

#[test]
fn titles_say_framework_and_number() {
    assert_eq!(title("attack:T1611").as_deref(), Some("ATT&CK T1611: Escape to Host"));
    assert_eq!(
        title("cis-docker:5.5").as_deref(),
        Some("CIS Docker Benchmark 1.6, 5.5: No privileged containers")
    );
    assert_eq!(title("pss:baseline").as_deref(), Some("Pod Security Standards: baseline"));
    // Revoked by ATT&CK 19, out of range, of no family, without one.
    for wrong in ["attack:T1562.001", "cis-docker:5.99", "cis-kubernetes:5.7.2", "nsa:1", "T1611", ""] {
        assert_eq!(title(wrong), None, "{wrong}");
    }
}

#[test]
fn numbers_find_their_ids() {
    assert_eq!(named("T1611"), ["attack:T1611"]);
    assert_eq!(named("attack:T1611"), ["attack:T1611"]);
    assert_eq!(named("4.1.1"), ["cis-kubernetes:4.1.1", "nist:4.1.1"]);
    assert!(named("T0000").is_empty());
}

/// `T1059.004` → 1059, 4, so that 5.10 comes after 5.9; words by their letters.
fn order(id: &str) -> (Vec<u32>, &str) {
    (id.split('.').map(|n| n.trim_start_matches('T').parse().unwrap_or(0)).collect(), id)
}

#[test]
fn list_is_sorted_and_unique() {
    let text = include_str!("../src/ids.toml");
    let (mut family, mut last, mut seen) = ("", None, 0);
    for line in text.lines() {
        if line.starts_with('[') {
            (family, last) = (line, None);
        } else if let Some((id, title)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            let id = id.trim_matches('"');
            assert!(last.is_none_or(|last| order(last) < order(id)), "{family} {id} after {last:?}");
            assert!(title.len() > 4 && title.is_ascii(), "{family} {id}: {title}");
            (last, seen) = (Some(id), seen + 1);
        }
    }
    assert!(seen > 350, "{seen} ids read");
}
